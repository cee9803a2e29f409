import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readOwnedPaths, recordedFiles } from '../../src/venv/owned-paths.js'
import { scratch, writeFiles } from '../support/scratch.js'

const site = 'lib/python3.11/site-packages'

describe('readOwnedPaths', () => {
  it('tells what is whose, by files and whole folders, below shared ones by parts', async () => {
    const tree = scratch()
    writeFiles(tree, {
      [`${site}/a-1.dist-info/RECORD`]: [
        'a/__init__.py,sha256=x,1',
        'a/sub/b.py,sha256=x,1',
        'a/__pycache__/x.pyc,,',
        '"a,b.py",sha256=x,1',
        'a-1.dist-info/METADATA,,',
        '../../../bin/a,,',
        '../../../../outside,,',
        '/etc/passwd,,',
        'google/one/x.py,,',
      ].join('\r\n'),
      [`${site}/six-1.dist-info/RECORD`]: 'six.py,,\nsix-1.dist-info/RECORD,,\ngoogle/two/y.py,,\ngoogle/z.py,,\n',
    })
    const distributions = ['a', 'six', 'nothing'].map((name) => ({ name, folder: `${site}/${name}-1.dist-info` }))
    expect(Object.fromEntries(await readOwnedPaths(tree, distributions))).toEqual({
      a: ['bin/a', ...['a,b.py', 'a-1.dist-info/', 'a/', 'google/one/'].map((path) => `${site}/${path}`)],
      six: ['google/two/', 'google/z.py', 'six-1.dist-info/', 'six.py'].map((path) => `${site}/${path}`),
      nothing: [],
    })
  })

  it('bounds what one distribution has', async () => {
    const tree = scratch()
    const record = Array.from({ length: 5000 }, (_, index) => `f${index}.py,,\n`).join('')
    writeFiles(tree, { [`${site}/a-1.dist-info/RECORD`]: record })
    const owned = await readOwnedPaths(tree, [{ name: 'a', folder: `${site}/a-1.dist-info` }])
    expect(owned.get('a')).toHaveLength(100)
  })
})

describe('recordedFiles', () => {
  it('never leads out of the tree', () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom('..', '/', '"', ',', 'a', '.', '\n', '\\'))
    const line = fc.array(piece).map((pieces) => `${pieces.join('')},,`)
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        for (const path of recordedFiles(lines.join('\n'), site)) {
          expect(path).not.toMatch(/^\/|^\.\.(\/|$)/)
        }
      }),
    )
  })
})
