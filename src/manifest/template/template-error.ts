/** What is wrong with a template or with what it does; becomes a problem at the value's place. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
}
