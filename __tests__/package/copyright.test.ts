import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Copyright,
  debianCopyright,
  type LicensedDistribution,
  licenceTexts,
  plainCopyright,
} from '../../src/package/copyright.js'
import { parseControl } from '../../src/package/read-deb.js'

const site = 'lib/python3.11/site-packages'
const file = (path: string, text: string, cut = false) => ({ path, text, cut })

function distribution(name: string, more: Partial<LicensedDistribution> = {}): LicensedDistribution {
  const nothing = { author: undefined, licence: { kind: 'unknown' }, files: [], paths: [] } as const
  return { name, version: '1', folder: `${site}/${name}-1.dist-info`, ...nothing, ...more }
}

const MIT = 'Copyright (c) 2010-2024 Benjamin Peterson\n\nPermission is hereby granted, free of charge'
const copyright: Copyright = {
  name: 'keystone',
  source: 'https://git.invalid/openstack/keystone',
  installPath: '/opt/openstack/keystone',
  project: distribution('keystone', {
    licence: { kind: 'spdx', expression: 'Apache-2.0' },
    author: 'OpenStack',
    files: [
      file('LICENSE', 'Apache License\nCopyright [yyyy] [name of copyright owner]\nthe copyright owner or entity'),
    ],
  }),
  bundled: [
    distribution('six', {
      licence: { kind: 'spdx', expression: 'MIT' },
      files: [file('LICENSE', MIT)],
      paths: [`${site}/six.py`, `${site}/six-1.dist-info/`],
    }),
    distribution('ab', {
      licence: { kind: 'spdx', expression: 'Apache-2.0 OR GPL-2.0-or-later WITH x-exception' },
      author: 'Ann',
    }),
    distribution('old', {
      licence: { kind: 'named', names: ['BSD License'] },
      files: [file('NOTICE', 'n'), file('COPYING', 'x'.repeat(30_000))],
    }),
    distribution('both', { licence: { kind: 'spdx', expression: 'MIT AND (ISC OR 0BSD)' } }),
  ],
}

describe('debianCopyright', () => {
  it('is readable by machines: a header, what is whose under which licence, and each licence', () => {
    expect(debianCopyright(copyright)).toBe(`Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: keystone
Source: https://git.invalid/openstack/keystone
Comment:
 The package holds a virtualenv: the project, and the Python distributions that
 it needs. Paths are those of the package.

Files: *
Copyright: OpenStack
License: Apache-2.0

Files: opt/openstack/keystone/${site}/ab-1.dist-info/*
Copyright: Ann
License: Apache-2.0 or GPL-2.0-or-later with x-exception exception
Comment: ab 1

Files: opt/openstack/keystone/${site}/both-1.dist-info/*
Copyright: the authors of both
License: MIT-AND-ISC-OR-0BSD-both-1
Comment: both 1

Files: opt/openstack/keystone/${site}/old-1.dist-info/*
Copyright: the authors of old
License: BSD-License-old-1
Comment: old 1

Files: opt/openstack/keystone/${site}/six.py
 opt/openstack/keystone/${site}/six-1.dist-info/*
Copyright: Copyright (c) 2010-2024 Benjamin Peterson
License: MIT
Comment: six 1

License: Apache-2.0
 On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.

License: BSD-License-old-1
 The text is in /opt/openstack/keystone/${site}/old-1.dist-info/COPYING.

License: GPL-2.0-or-later
 On Debian systems the text is in /usr/share/common-licenses/GPL-2.

License: MIT
 Copyright (c) 2010-2024 Benjamin Peterson
 .
 Permission is hereby granted, free of charge

License: MIT-AND-ISC-OR-0BSD-both-1
 both 1 brings no text of it.
`)
  })

  it('names a few of many holders, each once', () => {
    const many = Array.from({ length: 50 }, (_, index) => `(c) ${1990 + index} Holder`).join('\n')
    const text = debianCopyright({
      ...copyright,
      project: distribution('x', { files: [file('LICENSE', `${many}\n${many}`)] }),
    })
    expect(text).toMatch(/Copyright: \(c\) 1990 Holder\n(?: \(c\) \d+ Holder\n){9} and others\n/)
  })

  it('takes nobody for a holder whom the text of a licence names', () => {
    const text =
      'Copyright (C) 2007 Free Software Foundation, Inc. <x>\nCopyright (C) <year> <name>\nCopyright (C) 2020 Ann'
    const project = distribution('x', { files: [file('COPYING', text)] })
    expect(debianCopyright({ ...copyright, project })).toContain('Files: *\nCopyright: Copyright (C) 2020 Ann\nLicense')
  })

  it('is bounded, however much text distributions bring', () => {
    const bundled = Array.from({ length: 300 }, (_, index) => {
      const text = `${'a line of a licence\n'.repeat(900)}${index}`
      return distribution(`d${index}`, { licence: { kind: 'named', names: ['Own'] }, files: [file('LICENSE', text)] })
    })
    expect(debianCopyright({ ...copyright, bundled }).length).toBeLessThan(600_000)
  })

  it('has the form of its paragraphs, whatever distributions say of themselves', () => {
    const any = fc.string({ maxLength: 60 })
    const one = fc
      .record({
        name: fc.constantFrom('a', 'b', 'c'),
        author: any,
        licence: fc.oneof(
          fc.constantFrom('MIT', '(MIT OR ISC) AND 0BSD').map((expression) => ({ kind: 'spdx' as const, expression })),
          any.map((name) => ({ kind: 'named' as const, names: [name] })),
        ),
        files: fc.array(fc.record({ path: any, text: any, cut: fc.boolean() }), { maxLength: 2 }),
        paths: fc.array(any, { maxLength: 3 }),
      })
      .map((said) => distribution(said.name, said))
    fc.assert(
      fc.property(fc.array(one, { maxLength: 3 }), one, any, (bundled, project, source) => {
        const text = debianCopyright({ ...copyright, project, bundled, source })
        const [header = '', ...paragraphs] = text.trimEnd().split('\n\n')
        expect(Object.keys(parseControl(header))).toEqual(['Format', 'Upstream-Name', 'Source', 'Comment'])
        const named = new Set<string>()
        for (const paragraph of paragraphs) {
          const fields = Object.keys(parseControl(paragraph))
          if (fields[0] === 'License') {
            expect(fields).toEqual(['License'])
            named.add(/^License: (\S+)$/m.exec(paragraph)?.[1] ?? '')
          } else expect(fields.slice(0, 3)).toEqual(['Files', 'Copyright', 'License'])
        }
        for (const [, licence = ''] of text.matchAll(/^License: (.+)\nComment/gm)) expect(named).toContain(licence)
      }),
    )
  })
})

describe('plainCopyright', () => {
  it('tells the same in words', () => {
    expect(
      plainCopyright({ ...copyright, bundled: copyright.bundled.slice(0, 1) }),
    ).toBe(`keystone, from https://git.invalid/openstack/keystone

keystone 1: Apache-2.0
    /opt/openstack/keystone/${site}/keystone-1.dist-info/LICENSE
    OpenStack

The package holds these Python distributions too, under their own licences:

six 1: MIT
    /opt/openstack/keystone/${site}/six-1.dist-info/LICENSE
`)
  })
})

describe('licenceTexts', () => {
  it('names each text once, and two of one name apart', () => {
    const texts = licenceTexts([
      file('LICENSE', 'a'),
      file('licenses/LICENSE', 'a'),
      file('licenses/b/LICENSE', 'b'),
      file('NOTICE', 'c'),
    ])
    expect(texts).toEqual([
      { name: 'LICENSE', text: 'a\n' },
      { name: 'LICENSE.3e23e816', text: 'b\n' },
      { name: 'NOTICE', text: 'c\n' },
    ])
  })
})
