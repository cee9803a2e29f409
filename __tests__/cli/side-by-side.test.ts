import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { debsOf, fetchTools, makeScene } from '../support/build-scene.js'
import { inContainer, needLivingImage, sections } from '../support/container.js'
import { scratch } from '../support/scratch.js'

beforeAll(fetchTools)

const PATH = '/opt/giftwrap-test/{{ project.version }}/{{ project.name }}'

describe('two versions with install paths and package names of their own', () => {
  it('are installed side by side, and one goes without the other', { timeout: 120_000 }, async (context) => {
    needLivingImage(context)
    const versions = ['2025.1', '2025.2']
    const scene = makeScene(scratch(), {
      settings: { install_path: PATH, package_name_format: 'openstack-{{ project.name }}-{{ project.version }}' },
      projects: versions.map((version) => ({ name: 'hello', version, path: 'hello' })),
    })
    const { code, stderr } = await scene.build()
    expect({ code, stderr: stderr.match(/^giftwrap:.*/gm) }).toEqual({ code: 0, stderr: null })
    const packages = join(scratch(), 'packages')
    mkdirSync(packages, { recursive: true })
    for (const version of versions) {
      const [deb = ''] = debsOf(scene.output, `hello-${version}`)
      copyFileSync(deb, join(packages, `${version}.deb`))
    }
    const { stdout } = inContainer(
      `dpkg --force-depends -i /packages/2025.1.deb /packages/2025.2.deb >/dev/null 2>&1
echo "== both"; for v in 2025.1 2025.2; do /opt/giftwrap-test/$v/hello/bin/python -c 'import sys; print(sys.prefix)'; done
dpkg -P openstack-hello-2025.1 >/dev/null 2>&1
echo "== one"; ls /opt/giftwrap-test; /opt/giftwrap-test/2025.2/hello/bin/python -c 'import sys; print(sys.prefix)'`,
      { '/packages': packages },
    )
    expect(sections(stdout)).toEqual({
      both: ['/opt/giftwrap-test/2025.1/hello', '/opt/giftwrap-test/2025.2/hello'],
      one: ['2025.2', '/opt/giftwrap-test/2025.2/hello'],
    })
  })
})
