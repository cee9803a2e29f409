const FOOTER = /^Change-Id:[ \t]*(I[0-9a-f]{40})[ \t\r]*$/gim
const MERGE = 'Merge "'

/** The Change-Id that Gerrit goes by: the last `Change-Id: I…` that has a line of its own; old migrated commits have none. */
export function changeIdOf(message: string): string | undefined {
  const id = [...message.matchAll(FOOTER)].at(-1)?.[1]
  return id === undefined ? undefined : `I${id.slice(1).toLowerCase()}`
}

/** True for the subject of a merge that Gerrit made of one change: the change is the commit's second parent. */
export function isMergeOfChange(subject: string): boolean {
  const line = subject.trimEnd()
  const end = line.lastIndexOf('"')
  return line.startsWith(MERGE) && end >= MERGE.length && /^(?: into \S+)?$/.test(line.slice(end + 1))
}
