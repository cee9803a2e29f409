import parseExpression from 'spdx-expression-parse'
import type { Distribution } from '../venv/distributions.js'

/** Under what terms a distribution may be used, as far as that is sure. */
export type Licence =
  /** An SPDX expression. */
  | { readonly kind: 'spdx'; readonly expression: string }
  /** What it calls its licences itself. */
  | { readonly kind: 'named'; readonly names: readonly string[] }
  | { readonly kind: 'unknown' }

/** Names that mean one licence only; lower case. Sources: SPDX's list of names, and the metadata of real releases. */
const NAMES: Readonly<Record<string, string>> = {
  'apache 2': 'Apache-2.0',
  'apache-2': 'Apache-2.0',
  'apache 2.0': 'Apache-2.0',
  'apache license 2.0': 'Apache-2.0',
  'apache license version 2.0': 'Apache-2.0',
  'apache license, version 2.0': 'Apache-2.0',
  'apache software license 2.0': 'Apache-2.0',
  'asl 2.0': 'Apache-2.0',
  'mit license': 'MIT',
  expat: 'MIT',
  'expat license': 'MIT',
  'bsd 2-clause': 'BSD-2-Clause',
  '2-clause bsd': 'BSD-2-Clause',
  '2-clause bsd license': 'BSD-2-Clause',
  'simplified bsd': 'BSD-2-Clause',
  'simplified bsd license': 'BSD-2-Clause',
  'bsd 3-clause': 'BSD-3-Clause',
  'bsd 3-clause license': 'BSD-3-Clause',
  '3-clause bsd': 'BSD-3-Clause',
  '3-clause bsd license': 'BSD-3-Clause',
  'new bsd': 'BSD-3-Clause',
  'new bsd license': 'BSD-3-Clause',
  'modified bsd license': 'BSD-3-Clause',
  'isc license': 'ISC',
  'mpl 2.0': 'MPL-2.0',
  'mozilla public license 2.0': 'MPL-2.0',
  'zpl 2.1': 'ZPL-2.1',
  'the unlicense': 'Unlicense',
}

/**
 * Classifiers that mean one licence; of others, such as `Apache Software License` and `BSD License`, several versions
 * share the name.
 */
const CLASSIFIERS: Readonly<Record<string, string>> = {
  'OSI Approved :: MIT License': 'MIT',
  'OSI Approved :: MIT No Attribution License (MIT-0)': 'MIT-0',
  'OSI Approved :: ISC License (ISCL)': 'ISC',
  'OSI Approved :: Mozilla Public License 1.0 (MPL)': 'MPL-1.0',
  'OSI Approved :: Mozilla Public License 1.1 (MPL 1.1)': 'MPL-1.1',
  'OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)': 'MPL-2.0',
  'OSI Approved :: GNU General Public License v2 (GPLv2)': 'GPL-2.0-only',
  'OSI Approved :: GNU General Public License v2 or later (GPLv2+)': 'GPL-2.0-or-later',
  'OSI Approved :: GNU General Public License v3 (GPLv3)': 'GPL-3.0-only',
  'OSI Approved :: GNU General Public License v3 or later (GPLv3+)': 'GPL-3.0-or-later',
  'OSI Approved :: GNU Lesser General Public License v2 (LGPLv2)': 'LGPL-2.0-only',
  'OSI Approved :: GNU Lesser General Public License v2 or later (LGPLv2+)': 'LGPL-2.0-or-later',
  'OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)': 'LGPL-3.0-only',
  'OSI Approved :: GNU Lesser General Public License v3 or later (LGPLv3+)': 'LGPL-3.0-or-later',
  'OSI Approved :: GNU Affero General Public License v3': 'AGPL-3.0-only',
  'OSI Approved :: GNU Affero General Public License v3 or later (AGPLv3+)': 'AGPL-3.0-or-later',
  'OSI Approved :: Boost Software License 1.0 (BSL-1.0)': 'BSL-1.0',
  'OSI Approved :: European Union Public Licence 1.1 (EUPL 1.1)': 'EUPL-1.1',
  'OSI Approved :: European Union Public Licence 1.2 (EUPL 1.2)': 'EUPL-1.2',
  'OSI Approved :: The Unlicense (Unlicense)': 'Unlicense',
  'OSI Approved :: Universal Permissive License (UPL)': 'UPL-1.0',
  'CC0 1.0 Universal (CC0 1.0) Public Domain Dedication': 'CC0-1.0',
}

const APACHE = 'OSI Approved :: Apache Software License'
const APACHE_2_TEXT = /^\s*Apache License\s+Version 2\.0, January 2004\s/
/** A classifier that says nothing of which. */
const OPEN = 'OSI Approved'
const MAX_NAME = 100
const MAX_EXPRESSION = 1000

type Declared = Pick<Distribution, 'licenseExpression' | 'license' | 'licenseClassifiers'>

/** What a distribution declares, in SPDX's words where they are sure; `texts` are those of its licence files. */
export function declaredLicence(declared: Declared, texts: readonly string[] = []): Licence {
  const { licenseExpression = '', license = '' } = declared
  const named = license.toUpperCase() === 'UNKNOWN' ? '' : license
  const classifiers = declared.licenseClassifiers.filter((classifier) => classifier !== OPEN)
  const [classifier, ...others] = classifiers
  const alone = others.length === 0 ? classifier : undefined
  const isApache2 = alone === APACHE && texts.some((text) => APACHE_2_TEXT.test(text))
  const sure =
    expressionOf(licenseExpression) ??
    expressionOf(named) ??
    lookUp(NAMES, named.toLowerCase().replace(/^the (?=apache|mit|isc|mozilla)/, '')) ??
    lookUp(CLASSIFIERS, alone ?? '') ??
    (isApache2 ? 'Apache-2.0' : undefined)
  if (sure !== undefined) return { kind: 'spdx', expression: sure }
  const names = classifiers.map((one) => one.split(' :: ').at(-1) ?? one)
  if (names.length > 0) return { kind: 'named', names: [...new Set(names)] }
  const [first = ''] = named.split('\n')
  return first === '' ? { kind: 'unknown' } : { kind: 'named', names: [first.slice(0, MAX_NAME)] }
}

/** The identifiers in an SPDX expression, in their order, each once: `GPL-2.0-or-later`, `LicenseRef-x`. */
export function licencesOf(expression: string): readonly string[] {
  const words = expression.split(/[\s()]+/)
  const isException = (index: number) => words[index - 1] === 'WITH'
  return [...new Set(words.filter((word, index) => !/^(?:AND|OR|WITH|)$/.test(word) && !isException(index)))]
}

function expressionOf(text: string): string | undefined {
  if (text === '' || text.length > MAX_EXPRESSION) return undefined
  try {
    parseExpression(text)
    return text.replace(/\s+/g, ' ').trim()
  } catch {
    return undefined
  }
}

function lookUp(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}
