import * as z from 'zod'
import { type Fetch, FetchError } from '../runtime/fetch.js'
import { type BuildFreeze, findFreeze, logFolder, readBuildFile } from './build-logs.js'
import { fetchJson } from './json-answer.js'
import { utcTime } from './utc-time.js'

/** One run of a job. */
export interface ZuulBuild {
  readonly uuid: string
  readonly job: string
  /** Zuul's own word, `SUCCESS` for the one that counts; undefined while it runs. */
  readonly result: string | undefined
  readonly pipeline: string | undefined
  readonly project: string | undefined
  readonly branch: string | undefined
  readonly change: number | undefined
  readonly patchset: number | undefined
  /** The folder of its logs, which may be gone; with a slash at its end. */
  readonly logUrl: string | undefined
  /** ISO 8601, UTC. */
  readonly ended: string | undefined
}

/** Questions to a Zuul and the place of its logs. What is not there any more is no error. */
export interface ZuulClient {
  build(tenant: string, uuid: string): Promise<ZuulBuild | undefined>
  /** The versions in the logs of a build: `expired` where there are no logs any more, `none` where they tell nothing. */
  freeze(logUrl: string, job: string): Promise<BuildFreeze | 'expired' | 'none'>
  /** The text of the build's `zuul-info/inventory.yaml`. */
  inventory(logUrl: string): Promise<string | undefined>
}

const TENANT = /^\w[\w.-]*$/
const UUID = /^[0-9a-f]{32}$/

/** A Zuul by its base URL, or by that of a tenant's API: builds name their own tenants. https://zuul-ci.org/docs/ */
export function zuulClient(zuulUrl: string, fetch: Fetch): ZuulClient {
  const base = zuulUrl.replace(/\/+$/, '').replace(/\/api(?:\/tenant\/[^/]+)?$/, '')
  return {
    async build(tenant, uuid) {
      if (!TENANT.test(tenant) || !UUID.test(uuid)) return undefined
      try {
        const build = readBuild(await fetchJson(`${base}/api/tenant/${tenant}/build/${uuid}`, fetch))
        if (build?.uuid !== uuid) throw new FetchError('content', 'the answer is not the build that was asked for')
        return build
      } catch (error) {
        if (error instanceof FetchError && error.status === 404) return undefined
        throw error
      }
    },

    freeze: (logUrl, job) => findFreeze(logUrl, job, fetch),

    async inventory(logUrl) {
      const folder = logFolder(logUrl)
      return folder === undefined ? undefined : await readBuildFile(`${folder}zuul-info/inventory.yaml`, fetch)
    },
  }
}

const text = z.string().nullish().catch(undefined)
/** A change is a number and a patch set a string, in all versions so far. */
const count = z
  .union([
    z.int().nonnegative(),
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  ])
  .nullish()
  .catch(undefined)
const subject = { project: text, branch: text, change: count, patchset: count }
/** Since Zuul 10 what a build is of stands in `ref`; before, beside it, and `ref` was a string. */
const buildSchema = z.object({
  uuid: z.string(),
  job_name: z.string(),
  result: text,
  pipeline: text,
  log_url: text,
  end_time: text,
  ...subject,
  ref: z.object(subject).optional().catch(undefined),
})

function readBuild(answer: unknown): ZuulBuild | undefined {
  const { data } = buildSchema.safeParse(answer)
  if (data === undefined) return undefined
  const of = data.ref ?? data
  return {
    uuid: data.uuid,
    job: data.job_name,
    result: data.result ?? undefined,
    pipeline: data.pipeline ?? undefined,
    project: of.project ?? undefined,
    branch: of.branch ?? undefined,
    change: of.change ?? undefined,
    patchset: of.patchset ?? undefined,
    logUrl: logFolder(data.log_url ?? ''),
    ended: utcTime(data.end_time),
  }
}
