import type { LockFacts } from '../../src/lock/facts.js'
import { type LockView, type ReadLock, viewLock } from '../../src/lock/view.js'

/** A record in which nothing is said, but what a test says. */
export function madeFacts(parts: Partial<LockFacts> = {}): LockFacts {
  return {
    constraints: [],
    tested: { rungs: [], misses: [], packages: {}, overruled: [] },
    required_by: {},
    overrides: [],
    relaxed: [],
    upgraded: [],
    yanked: [],
    postinstall: [],
    build: { sha256: '0'.repeat(64), sdists: [], unlocked: [] },
    ...parts,
  }
}

/** A lock's text: versions by name, with one hash each. */
export function lockText(versions: Readonly<Record<string, string>>, hash = 'aa'): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name}==${version} \\\n    --hash=sha256:${hash}\n`)
    .join('')
}

/** Packages of a record, each from a rung. */
export function fromRungs(rungs: Readonly<Record<string, number>>): LockFacts['tested']['packages'] {
  return Object.fromEntries(Object.entries(rungs).map(([name, rung]) => [name, { rung, constraints: [] }]))
}

export function madeView(versions: Readonly<Record<string, string>>, parts: Partial<ReadLock> = {}): LockView {
  return viewLock({
    ...{ project: 'keystone', version: '27.0.2', python: '3.11', platforms: ['amd64 glibc 2.36'], file: 'lock.txt' },
    ...{ text: lockText(versions), build: undefined, facts: undefined, asked: undefined },
    ...parts,
  })
}
