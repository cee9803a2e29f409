/** A key that is read and checked, and whose effect comes with a later piece. */
export interface NotYetKey {
  /** `settings.KEY`, `projects.KEY`, or a key of the top level. */
  readonly key: string
  readonly piece: string
  /** Values that are what is built anyway, so that nothing has to be said of them. */
  readonly today?: readonly unknown[]
  /** True where going on without it would build something else than was asked for, or something unsafe. */
  readonly refused?: boolean
}

export interface NotYet {
  readonly keys: readonly NotYetKey[]
  /** The plan does not yet render values for each leg: templates that need one would reach a package as they stand. */
  readonly legs?: string
}

const TESTED = 'tested dependencies'
const PRODUCTION = 'packages for production'
const IMAGES = 'container images'

/** Remove an entry with the piece that makes its key work. */
export const NOT_YET: NotYet = {
  keys: [
    // The original's manifests have these three; what they add or change is missing, and the warning says so.
    { key: 'projects.venv_command', piece: TESTED },
    { key: 'projects.install_command', piece: TESTED },

    // The lock decides what is installed, whichever tool installs it.
    { key: 'settings.installer', piece: PRODUCTION, today: ['uv'] },
    // Sources shipped or not shipped against the manifest's word are for no warning to mend.
    { key: 'settings.sources', piece: PRODUCTION, today: ['drop'], refused: true },
    { key: 'settings.bytecode', piece: PRODUCTION, today: ['none'] },
    { key: 'settings.shipped_tools', piece: PRODUCTION, today: [false] },
    // A build that was to have no network must not have one.
    { key: 'settings.isolate', piece: PRODUCTION, today: [false], refused: true },
    // Unsigned is not what was asked for.
    { key: 'settings.sign', piece: 'publishing', today: [{}], refused: true },

    { key: 'settings.image_name', piece: IMAGES },
    { key: 'settings.image_tag', piece: IMAGES },
    { key: 'settings.base_image', piece: IMAGES },
    { key: 'settings.image_per_project', piece: IMAGES, today: [false] },
    { key: 'settings.labels', piece: IMAGES, today: [{}] },
    { key: 'settings.user', piece: IMAGES },
    { key: 'settings.entrypoint', piece: IMAGES },
    { key: 'settings.expose', piece: IMAGES, today: [[]] },
    { key: 'settings.environment', piece: IMAGES, today: [{}] },

    // Unpatched sources may be just what the patches are against.
    { key: 'projects.patches', piece: PRODUCTION, today: [[]], refused: true },
    // What is found is left out by these; nothing is looked for yet.
    { key: 'projects.system_dependencies_exclude', piece: PRODUCTION, today: [[]] },
    { key: 'projects.system_dependencies_from', piece: PRODUCTION, today: [['manifest']] },
    { key: 'projects.build_dependencies', piece: PRODUCTION, today: [[]] },
    { key: 'projects.commands', piece: PRODUCTION, today: [false, []] },
    { key: 'projects.smoke_test', piece: PRODUCTION, today: [false] },
    { key: 'projects.recommends', piece: PRODUCTION, today: [[]] },
    // A package without its unit, account, directories or scripts installs and does not work, or breaks on its upgrade.
    { key: 'projects.services', piece: PRODUCTION, today: [[]], refused: true },
    { key: 'projects.user', piece: PRODUCTION, refused: true },
    { key: 'projects.group', piece: PRODUCTION, refused: true },
    { key: 'projects.directories', piece: PRODUCTION, today: [[]], refused: true },
    { key: 'projects.scripts', piece: PRODUCTION, today: [{}], refused: true },
    // Files of an administrator that an upgrade overwrites are lost.
    { key: 'projects.config_files', piece: PRODUCTION, refused: true },
    // Without these a package manager decides an upgrade or a conflict wrongly.
    { key: 'projects.provides', piece: PRODUCTION, today: [[]], refused: true },
    { key: 'projects.conflicts', piece: PRODUCTION, today: [[]], refused: true },
    { key: 'projects.replaces', piece: PRODUCTION, today: [[]], refused: true },
    { key: 'projects.epoch', piece: PRODUCTION, today: [0], refused: true },
    { key: 'projects.iteration', piece: PRODUCTION, refused: true },
  ],
}
