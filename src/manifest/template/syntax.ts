import type { Value } from './value.js'

// The tree of a template: plain data, made by `parse-template.ts`, walked by `evaluate.ts`.

export type Expression =
  | { readonly kind: 'literal'; readonly value: Value }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'attribute'; readonly target: Expression; readonly name: string }
  | { readonly kind: 'item'; readonly target: Expression; readonly key: Expression }
  | { readonly kind: 'slice'; readonly target: Expression; readonly bounds: readonly (Expression | undefined)[] }
  | { readonly kind: 'call'; readonly target: Expression; readonly given: ArgumentList }
  | { readonly kind: 'filter'; readonly target: Expression; readonly name: string; readonly given: ArgumentList }
  | { readonly kind: 'test'; readonly target: Expression; readonly name: string; readonly given: ArgumentList }
  | { readonly kind: 'not'; readonly target: Expression }
  | { readonly kind: 'sign'; readonly negative: boolean; readonly target: Expression }
  | { readonly kind: 'both' | 'either'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'arithmetic'; readonly operator: Operator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'compare'; readonly first: Expression; readonly rest: readonly Comparison[] }
  | { readonly kind: 'choice'; readonly test: Expression; readonly chosen: Expression; readonly otherwise?: Expression }
  | { readonly kind: 'list' | 'tuple'; readonly items: readonly Expression[] }
  | { readonly kind: 'dict'; readonly pairs: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: 'block'; readonly body: readonly Statement[] }

export type Operator = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '~'

export type Relation = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in'

export interface Comparison {
  readonly relation: Relation
  readonly negated: boolean
  readonly operand: Expression
}

export interface ArgumentList {
  readonly positional: readonly Expression[]
  readonly named: readonly (readonly [string, Expression])[]
}

/** What a loop or `set` gives a value to. */
export type Target =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'member'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'tuple'; readonly items: readonly Target[] }

type Body = readonly Statement[]

export type Statement =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly value: Expression }
  | { readonly kind: 'if'; readonly test: Expression; readonly body: Body; readonly otherwise: Body }
  | {
      readonly kind: 'for'
      readonly target: Target
      readonly iterable: Expression
      readonly condition?: Expression
      readonly recursive: boolean
      readonly body: Body
      readonly otherwise: Body
    }
  | { readonly kind: 'set'; readonly target: Target; readonly value: Expression }
  | { readonly kind: 'with'; readonly pairs: readonly (readonly [Target, Expression])[]; readonly body: Body }
  | { readonly kind: 'macro'; readonly macro: MacroDefinition }
  | { readonly kind: 'call'; readonly call: Extract<Expression, { kind: 'call' }>; readonly caller: MacroDefinition }

export interface MacroDefinition {
  readonly name: string
  readonly parameters: readonly Parameter[]
  readonly body: Body
  /** Names that Jinja2 gives a macro when its body speaks of them: `varargs`, `kwargs`, `caller`. */
  readonly takes: ReadonlySet<string>
}

export interface Parameter {
  readonly name: string
  readonly initial?: Expression
}
