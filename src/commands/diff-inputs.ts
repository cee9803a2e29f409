/** All inputs of `giftwrap diff`: two places that have locks. */
export interface DiffInputs {
  readonly from: string
  readonly to: string
}
