/** Zuul's stamp, and devstack's of the same form. */
const STAMP = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?Z? \|(?: |$)/
const HOST = /^[\w.-]{1,100} \|(?: |$)/
/** Zuul's, devstack's and one more. */
const MAX_STAMPS = 3
const ESCAPE = '\u001b'
// Colours and cursor moves; titles and links, up to BEL or ST.
const ANSI = new RegExp(
  `${ESCAPE}(?:\\[[0-?]{0,64}[ -/]{0,8}[@-~]|\\][^\\u0007${ESCAPE}]{0,4096}(?:\\u0007|${ESCAPE}\\\\)|[@-Z\\\\^_])`,
  'g',
)
/** A specifier such as `<2` is no tag. */
const TAG = /<[/!]?[a-z][^<>]{0,4096}>/gi
const ENTITY = /&(?:(lt|gt|amp|quot|apos|nbsp)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", nbsp: ' ' }

/** A log's line without what Zuul, devstack, terminals and web pages put around it. */
export function plainLine(line: string): string {
  let text = line.includes(ESCAPE) ? line.replace(ANSI, '') : line
  if (text.includes('<')) text = text.replace(TAG, '')
  if (text.includes('&')) text = text.replace(ENTITY, decode)
  for (let stamps = 0; stamps < MAX_STAMPS && STAMP.test(text); stamps += 1) {
    text = text.replace(STAMP, '').replace(HOST, '')
  }
  text = text.trimEnd()
  return text.slice(text.lastIndexOf('\r') + 1)
}

function decode(
  entity: string,
  name: string | undefined,
  decimal: string | undefined,
  hex: string | undefined,
): string {
  if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? entity
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
  if (code > 0x10ffff) return entity
  return code < 0x20 ? ' ' : String.fromCodePoint(code)
}
