import { type LockView, nameLocks } from '../lock/view.js'

/** What is said of one lock, lines by topic; the order is the order in which they are shown. */
export type Topics = ReadonlyMap<string, readonly string[]>

/** What holds for all locks is said once, and what doesn't with the locks that it holds for; topics in columns. */
export function sayTogether(said: readonly { readonly lock: LockView; readonly topics: Topics }[]): string[] {
  const all = said.map(({ lock }) => lock)
  const titles = orderOf(said.map(({ topics }) => [...topics.keys()]))
  const width = titles.reduce((most, title) => Math.max(most, title.length), 0)
  return titles.flatMap((title) => {
    const groups = new Map<string, { readonly lines: readonly string[]; readonly locks: LockView[] }>()
    for (const { lock, topics } of said) {
      const lines = topics.get(title)
      if (lines === undefined) continue
      const key = JSON.stringify(lines)
      const group = groups.get(key) ?? { lines, locks: [] }
      group.locks.push(lock)
      groups.set(key, group)
    }
    const lines = [...groups.values()].flatMap((group) => {
      const only = nameLocks(group.locks, all)
      const [first = '', ...rest] = group.lines
      if (only === undefined) return group.lines
      return rest.length === 0 ? [`${only}: ${first}`] : [`${only}:`, ...group.lines.map((line) => `  ${line}`)]
    })
    return lines.map((line, index) => `  ${(index === 0 ? title : '').padEnd(width)}  ${line}`)
  })
}

/** All titles once, each behind those that are before it in some list. */
function orderOf(lists: readonly (readonly string[])[]): string[] {
  const order: string[] = []
  for (const list of lists) {
    let place = 0
    for (const title of list) {
      const known = order.indexOf(title)
      if (known >= 0) place = known + 1
      else order.splice(place++, 0, title)
    }
  }
  return order
}
