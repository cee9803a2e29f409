import { homedir } from 'node:os'
import { join } from 'node:path'

/** What giftwrap reads of its own environment; read once, at the edge. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Root of the tool cache: the runner's, else the user's. */
  readonly cacheRoot: string
  readonly uid: number
  readonly gid: number
}

export function readEnvironment(): Environment {
  const variables = process.env
  const userCache = variables.XDG_CACHE_HOME || join(homedir(), '.cache')
  return {
    variables,
    cacheRoot: variables.RUNNER_TOOL_CACHE || join(userCache, 'giftwrap'),
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
  }
}

// Project code runs in builds: it must not see what could publish, nor write the runner's command files.
const SECRET =
  /^(INPUT_|GIFTWRAP_(GPG|APK)_|ACTIONS_|GITHUB_(TOKEN|ENV|OUTPUT|PATH|STATE|STEP_SUMMARY)$|GH_TOKEN$|NODE_OPTIONS$)/
// What would change the outcome of a build from outside; where packages come from (indexes, proxies) stays.
const MEDDLING =
  /^(PYTHON(?!UNBUFFERED)|VIRTUAL_ENV|CONDA_|PBR_|OSLO_PACKAGE_VERSION|PIP_(CONSTRAINT|REQUIREMENT|TARGET|USER|PREFIX|BUILD_CONSTRAINT)|UV_(CONSTRAINT|OVERRIDE|BUILD_CONSTRAINT|EXCLUDE_NEWER|PRERELEASE|RESOLUTION|PYTHON|PROJECT|NO_BINARY|NO_BUILD|SYSTEM_PYTHON|REQUIRE_HASHES|LINK_MODE|COMPILE_BYTECODE)|FPMOPTS|FPMOPT|DEB_|SOURCE_DATE_EPOCH|GIT_(DIR|WORK_TREE|INDEX_FILE)|LC_|LANG)/

/** The environment of every tool: the caller's without its secrets, with a fixed locale and time zone. */
export function toolEnvironment(variables: Environment['variables']): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && !SECRET.test(name) && !MEDDLING.test(name)) kept[name] = value
  }
  return {
    ...kept,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    // Sites behind a TLS proxy keep their authority in the system's store; uv has one of its own otherwise.
    UV_SYSTEM_CERTS: variables.UV_SYSTEM_CERTS ?? '1',
    UV_PYTHON_DOWNLOADS: 'never',
    UV_NO_PROGRESS: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    GIT_TERMINAL_PROMPT: '0',
    // `ext::` and other helpers run commands that a manifest names.
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
  }
}
