import { describe, expect, it } from 'vitest'
import { problemsOf, read, short } from './manifest-file.js'

const manifest = (overrides: string) => `settings: {version: '1'}
projects:
  - {name: nova, giturl: ./nova, gitref: stable/1}
overrides:
${overrides}`

const LEG = { id: 'nova-1-debian12-amd64', project: 0, target: { id: 'debian12', platforms: [] } }

describe('a key that is not built yet', () => {
  it.each([
    "  - {select: '*', image_per_project: 'no'}",
    "  - {select: '*', services: []}",
    "  - {select: '*', services: [{name: x, command: y}]}",
    "  - {select: '*', bytecode: install}",
    "  - {select: '*', sign: {}}",
    "  - {select: '*', system_dependencies_from: [manifest]}",
    "  - {select: '*', scripts: {}}",
    "  - {select: '*', epoch: 0}",
  ])('is nothing to tell of with the value that is built anyway: %s', async (override) => {
    expect((await read(manifest(override))).warnings).toEqual([])
  })

  it('that does no harm is warned of', async () => {
    const { warnings } = await read(manifest("  - {select: '*', image_tag: x}"))
    expect(warnings.map(short)).toEqual([expect.stringContaining('5:19: overrides[0].image_tag has no effect yet')])
  })
})

describe('a source in an override', () => {
  it('takes the place of the one that the project had', async () => {
    const loaded = await read(manifest("  - {select: '*debian12*', sdist: nova==1.0}"))
    const { project } = loaded.forLeg(LEG)
    expect(project.sdist).toBe('nova==1.0')
    expect(project.giturl).not.toBe('./nova')
    const others = loaded.forLeg({ ...LEG, id: 'nova-1-rocky9-amd64' })
    expect(others.project).toMatchObject({ giturl: './nova', gitref: 'stable/1' })
  })

  it('leaves the ref of git where it gives another repository', async () => {
    const { project } = (await read(manifest("  - {select: '*', giturl: ./other}"))).forLeg(LEG)
    expect(project).toMatchObject({ giturl: './other', gitref: 'stable/1' })
  })

  it('comes from one place only', async () => {
    const problems = await problemsOf(manifest("  - {select: '*', sdist: nova==1.0, path: ../nova}"))
    expect(problems.map(short)).toEqual([
      "5:37: overrides[0] has both 'sdist' and 'path', but comes from one place only",
    ])
  })
})
