import fc from 'fast-check'

const UNIT = fc.oneof(fc.nat({ max: 0x7f }), fc.nat({ max: 0xffff })).map((code) => String.fromCharCode(code))

/** Any UTF-16, half surrogates and control characters too; fast-check's own takes seconds to begin with. */
export function anyText(maxLength = 10): fc.Arbitrary<string> {
  return fc.string({ unit: UNIT, maxLength })
}
