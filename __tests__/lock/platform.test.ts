import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitsPlatform, type Platform, platformName, uvPlatform } from '../../src/lock/platform.js'
import { TARGETS } from '../../src/plan/targets.js'

const amd64 = (libc: string): Platform => ({ architecture: 'amd64', libc })

describe('uvPlatform', () => {
  it.each([
    [amd64('glibc 2.36'), 'x86_64-manylinux_2_36'],
    [{ architecture: 'arm64', libc: 'glibc 2.31' }, 'aarch64-manylinux_2_31'],
    [amd64('glibc 2.28'), 'x86_64-manylinux_2_28'],
    // Between those that uv knows, and beyond them.
    [amd64('glibc 2.30'), 'x86_64-manylinux_2_28'],
    [amd64('glibc 2.43'), 'x86_64-manylinux_2_40'],
    [amd64('glibc 2.12'), 'x86_64-manylinux_2_17'],
    // Where the version is not known: the oldest that any distribution has.
    [amd64('glibc'), 'x86_64-manylinux_2_28'],
    [amd64('musl'), 'x86_64-unknown-linux-musl'],
    [{ architecture: 'arm64', libc: 'musl 1.2' }, 'aarch64-unknown-linux-musl'],
  ] as const)('%j is %s', (platform, word) => {
    expect(uvPlatform(platform)).toBe(word)
  })

  it('never names a glibc that is newer than the platform has', () => {
    fc.assert(
      fc.property(fc.integer({ min: 17, max: 99 }), (minor) => {
        const named = Number(/_2_(\d+)$/.exec(uvPlatform(amd64(`glibc 2.${minor}`)))?.[1])
        expect(named).toBeLessThanOrEqual(minor)
      }),
    )
  })
})

describe('fitsPlatform', () => {
  it.each([
    ['amd64 glibc 2.36', amd64('glibc 2.36'), true],
    ['amd64 glibc 2.31', amd64('glibc 2.36'), true],
    ['amd64 glibc 2.36', amd64('glibc 2.31'), false],
    // As numbers, not as words.
    ['amd64 glibc 2.9', amd64('glibc 2.36'), true],
    ['arm64 glibc 2.36', amd64('glibc 2.36'), false],
    ['amd64 musl', amd64('glibc 2.36'), false],
    ['amd64 glibc 2.36', amd64('musl'), false],
    ['amd64 musl', amd64('musl'), true],
    ['amd64 glibc', amd64('glibc 2.28'), true],
    // What no record of ours says fits nothing.
    ['amd64 g', amd64('glibc 2.36'), false],
    ['amd64 mus', amd64('musl'), false],
    ['amd64', amd64('glibc 2.36'), false],
    ['amd64 ', amd64('glibc 2.36'), false],
    ['', amd64('glibc 2.36'), false],
  ] as const)('a lock for "%s" on %j: %s', (locked, wanted, fits) => {
    expect(fitsPlatform(locked, wanted)).toBe(fits)
  })

  it.each(TARGETS.map((target) => [target.id, target] as const))('a lock for %s is for %s itself', (_id, target) => {
    for (const architecture of target.architectures) {
      const platform = { architecture, libc: target.libc }
      expect(fitsPlatform(platformName(platform), platform)).toBe(true)
      expect(uvPlatform(platform)).toMatch(/^(x86_64|aarch64)-(manylinux_2_\d+|unknown-linux-musl)$/)
    }
  })

  it('reads any word', () => {
    fc.assert(
      fc.property(fc.string(), (locked) => {
        expect(fitsPlatform(locked, amd64('glibc 2.36'))).toBeTypeOf('boolean')
      }),
    )
  })
})
