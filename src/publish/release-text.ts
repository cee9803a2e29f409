import { MAX_BODY } from './report.js'

const BEGIN = '<!-- giftwrap: begin -->'
const END = '<!-- giftwrap: end -->'

/**
 * A release's text with the report in it: in place of an earlier one, else behind what people wrote, which stays as it
 * is. `report` is asked for at most so many bytes.
 */
export function withReport(body: string, report: (maxBytes: number) => string): string {
  const begin = body.indexOf(BEGIN)
  const end = begin < 0 ? -1 : body.indexOf(END, begin)
  const before = end < 0 ? body.trimEnd() : body.slice(0, begin)
  const after = end < 0 ? '' : body.slice(end + END.length)
  const head = before === '' || end >= 0 ? before : `${before}\n\n`
  const room = MAX_BODY - Buffer.byteLength(`${head}${BEGIN}\n\n${END}${after}`)
  const text = room <= 0 ? '' : report(room)
  return text === '' ? body : `${head}${BEGIN}\n${text}${END}${after}`
}
