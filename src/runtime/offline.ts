import { type Fetch, FetchError } from './fetch.js'

function refuse(): Promise<never> {
  return Promise.reject(new FetchError('unreachable', 'the network is not to be used (--offline)'))
}

/** For runs that use caches and files only. */
export const OFFLINE: Fetch = { text: refuse, lines: refuse }

/** What keeps tools from the network, as far as they can be told: uv, pip, git. */
export const OFFLINE_VARIABLES = { UV_OFFLINE: '1', PIP_NO_INDEX: '1', GIT_ALLOW_PROTOCOL: 'file' } as const
