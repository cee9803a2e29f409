const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d{1,9})?(?:Z|\+00:00)?$/

/** The time of a service, which is UTC whether it says so or not, as `2026-11-24T11:10:46Z`; undefined for what is none. */
export function utcTime(text: string | null | undefined): string | undefined {
  const [, date, time] = TIME.exec(text ?? '') ?? []
  if (date === undefined || time === undefined) return undefined
  const iso = `${date}T${time}Z`
  return Number.isNaN(Date.parse(iso)) ? undefined : iso
}
