import type { CiBuild, CiReport } from './ci-report.js'

/** A build whose versions may be taken, with what the record says of it. */
export interface JobChoice extends CiBuild {
  /** Where its logs are asked for. */
  readonly url: string
  readonly pipeline: CiReport['pipeline']
  readonly patchset: number | undefined
  /** Of the report, ISO 8601, UTC. */
  readonly date: string
  /** By the job's name, e.g. `3.11`. */
  readonly python: string | undefined
  readonly tests: 'unit' | 'functional'
}

interface Candidate {
  readonly choice: JobChoice
  /** Smaller is better, the first difference counts. */
  readonly rank: readonly number[]
}

/** What is no test of the project with the versions of its constraints. */
const NEVER = new Set(
  [
    'api ref cover coverage pep8 lint linters hacking bandit docs doc sphinx reno releasenotes requirements pylint mypy',
    'promote upload publish release announce tarball wheel pypi build nodejs npm image',
    'tempest grenade rally devstack cross lower constraints master main tips src',
  ].flatMap((words) => words.split(' ')),
)
/** What a plain job's name is made of, beside its project and Python. */
const PLAIN = new Set(
  'gate check openstack zuul tox nox functional ubuntu debian centos trusty xenial bionic focal jammy noble'.split(' '),
)
const PYTHON = /^(?:py|python)(\d)(?:\.?(\d{1,2}))?$/
/** Between a Python of the same major version and one of another. */
const UNKNOWN_DISTANCE = 100
const OTHER_MAJOR = 1000

/**
 * The builds whose freeze tells what a change was tested with, best first: successful tests of the newest patch set that
 * has a report; the Python of the target (`3.11`) before the nearest one, of two as near the older, whose packages the target
 * can have; unit tests before functional ones; plain jobs before variants; gate before check; newer reports before older.
 * `project` is Gerrit's name, e.g. `openstack/keystone`.
 */
export function chooseJobs(reports: readonly CiReport[], python: string, project: string): readonly JobChoice[] {
  const newest = reports.reduce((highest, { patchset = 0 }) => Math.max(highest, patchset), 0)
  const own = new Set(tokensOf(project.split('/').at(-1) ?? ''))
  const candidates = reports
    .filter(({ patchset }) => (patchset ?? 0) === newest)
    .toSorted((one, other) => (one.date === other.date ? 0 : one.date < other.date ? 1 : -1))
    .flatMap((report) => report.builds.flatMap((build) => candidateOf(build, report, python, own) ?? []))
  return candidates.toSorted(byRank).map(({ choice }) => choice)
}

function candidateOf(
  build: CiBuild,
  report: CiReport,
  target: string,
  own: ReadonlySet<string>,
): Candidate | undefined {
  const { url, result, voting } = build
  const tokens = tokensOf(build.job)
  const pythons = tokens.filter((token) => PYTHON.test(token))
  const isFunctional = tokens.includes('functional')
  const python = pythons.map(pythonOf).find((version) => version !== undefined)
  const isTox = pythons.length > 0 && (tokens.includes('tox') || tokens.includes('nox'))
  if (result !== 'SUCCESS' || url === undefined) return undefined
  if (python === undefined && !isTox && !isFunctional) return undefined
  if (tokens.some((token) => NEVER.has(token) && !own.has(token))) return undefined

  const extras = tokens.filter((token) => !PLAIN.has(token) && !own.has(token) && !/^\d+$/.test(token))
  const { pipeline, patchset, date } = report
  const choice: JobChoice = {
    ...build,
    url,
    pipeline,
    patchset,
    date,
    python,
    tests: isFunctional ? 'functional' : 'unit',
  }
  const rank = [
    distance(python, target),
    isFunctional ? 1 : 0,
    extras.length - pythons.length,
    pipeline === 'gate' ? 0 : pipeline === 'check' ? 1 : 2,
    voting ? 0 : 1,
    report.passed ? 0 : 1,
  ]
  return { choice, rank }
}

function byRank(one: Candidate, other: Candidate): number {
  const differences = one.rank.map((value, index) => value - (other.rank[index] ?? 0))
  return differences.find((difference) => difference !== 0) ?? 0
}

function tokensOf(name: string): string[] {
  return name.toLowerCase().split(/[^a-z0-9.]+/)
}

/** `3.11` of `py311`, `py3.11`, `python311`; nothing of `py3`. */
function pythonOf(token: string): string | undefined {
  const [, major, minor] = PYTHON.exec(token) ?? []
  return major === undefined || minor === undefined ? undefined : `${major}.${minor}`
}

/** Twice the minor versions between the two, one more where the job's is the newer. */
function distance(python: string | undefined, target: string): number {
  if (python === undefined) return UNKNOWN_DISTANCE
  const [major, minor] = numbersOf(python)
  const [targetMajor, targetMinor] = numbersOf(target)
  const minors = 2 * Math.abs(minor - targetMinor) + (minor > targetMinor ? 1 : 0)
  return major === targetMajor ? minors : OTHER_MAJOR + minors
}

function numbersOf(python: string): readonly [major: number, minor: number] {
  const [, major = 0, minor = 0] = /^(\d{1,3})\.(\d{1,3})/.exec(python) ?? []
  return [Number(major), Number(minor)]
}
