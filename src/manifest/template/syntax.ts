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

export type Statement =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly value: Expression }
  | {
      readonly kind: 'if'
      readonly test: Expression
      readonly body: readonly Statement[]
      readonly otherwise: readonly Statement[]
    }
  | {
      readonly kind: 'for'
      readonly targets: readonly string[]
      readonly iterable: Expression
      readonly condition?: Expression
      readonly body: readonly Statement[]
      readonly otherwise: readonly Statement[]
    }
  | { readonly kind: 'set'; readonly targets: readonly string[]; readonly value: Expression }
  | {
      readonly kind: 'macro'
      readonly name: string
      readonly parameters: readonly Parameter[]
      readonly body: readonly Statement[]
    }

export interface Parameter {
  readonly name: string
  readonly initial?: Expression
}
