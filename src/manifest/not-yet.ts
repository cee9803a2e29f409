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

const PRODUCTION = 'packages for production'
const IMAGES = 'container images'

/** Remove an entry with the piece that makes its key work. */
export const NOT_YET: NotYet = {
  keys: [
    { key: 'settings.image_name', piece: IMAGES },
    { key: 'settings.image_tag', piece: IMAGES },
    { key: 'settings.base_image', piece: IMAGES },
    { key: 'settings.image_per_project', piece: IMAGES, today: [false] },
    { key: 'settings.labels', piece: IMAGES, today: [{}] },
    { key: 'settings.user', piece: IMAGES },
    { key: 'settings.entrypoint', piece: IMAGES },
    { key: 'settings.expose', piece: IMAGES, today: [[]] },
    { key: 'settings.environment', piece: IMAGES, today: [{}] },

    { key: 'projects.smoke_test', piece: PRODUCTION, today: [false] },
  ],
}
