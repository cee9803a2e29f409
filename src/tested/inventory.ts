import { below, type PlainYaml, readPlainYaml, textBelow, valuesOf } from './plain-yaml.js'

/** What `zuul-info/inventory.yaml` of a build says about its versions. */
export interface Inventory {
  /** The commit of openstack/requirements that the job used: 40 digits. It may be a merge that exists nowhere else. */
  readonly requirementsCommit: string | undefined
  /** E.g. `3.11`. */
  readonly python: string | undefined
}

const REQUIREMENTS = 'openstack/requirements'

/** Reads an inventory of at most 8 MB; what is none says nothing. */
export function readInventory(text: string): Inventory {
  const all = below(readPlainYaml(text), 'all')
  return { requirementsCommit: requirementsCommit(below(all, 'vars', 'zuul', 'projects')), python: pythonVersion(all) }
}

/** Projects are a map by canonical name; the first inventories had a list. */
function requirementsCommit(projects: PlainYaml | undefined): string | undefined {
  const named = valuesOf(projects).filter((project) => textBelow(project, 'name') === REQUIREMENTS)
  const found = [below(projects, `opendev.org/${REQUIREMENTS}`), ...named].map((project) =>
    textBelow(project, 'commit'),
  )
  return found.find((commit) => commit !== undefined && /^[0-9a-f]{40}$/.test(commit))
}

/** Of the job, else of the one of its hosts that has it. */
function pythonVersion(all: PlainYaml | undefined): string | undefined {
  const places = [below(all, 'vars'), ...valuesOf(below(all, 'hosts'))]
  const found = places.map((place) => textBelow(place, 'python_version'))
  return found.find((version) => version !== undefined && /^\d\.\d{1,2}$/.test(version))
}
