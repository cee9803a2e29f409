interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>
  readonly outputs: Readonly<Record<string, { readonly description: string }>>
}

interface Option {
  readonly name: string
  readonly short?: string
  readonly value?: string
  readonly help: string
}

export declare const GENERATED_FILES: readonly string[]
export declare function renew(text: string, parts: ReadonlyMap<string, string>): string
export declare function makeParts(from: {
  readonly action: Action
  readonly commands: Readonly<Record<string, { readonly options: readonly Option[] }>>
  readonly manifest: ReadonlyMap<string, string>
}): ReadonlyMap<string, string>
export declare function readAction(): Action
