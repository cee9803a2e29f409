import { compareDebianVersions } from '../debian-version.js'
import type { BindepRule, ProfileTerm, VersionTerm } from './parse.js'

/** No profile asked for means this one. */
export const DEFAULT_PROFILES: readonly string[] = ['default']

/**
 * The rules that hold for profiles and platform atoms (`dpkg`, `debian-12`), in the file's order. Both are judged apart,
 * and both must hold: `[platform:dpkg test]` is dpkg and test.
 */
export function selectRules(
  rules: readonly BindepRule[],
  profiles: readonly string[],
  platform: readonly string[],
): BindepRule[] {
  const active = new Set([...profiles, ...platform.map((atom) => `platform:${atom}`)])
  return rules.filter(({ selector }) => {
    const ofPlatform = selector.filter((part) => isTerm(part) && part.profile.startsWith('platform:'))
    const others = selector.filter((part) => !ofPlatform.includes(part))
    return holds(ofPlatform, active) && holds(others, active)
  })
}

function isTerm(part: ProfileTerm | readonly ProfileTerm[]): part is ProfileTerm {
  return 'profile' in part
}

/** Alternatives, of which none that is refused may be there; with refusals alone, or without any, all else will do. */
function holds(parts: BindepRule['selector'], active: ReadonlySet<string>): boolean {
  const isActive = ({ profile }: ProfileTerm) => active.has(profile)
  if (parts.some((part) => isTerm(part) && !part.wanted && isActive(part))) return false
  const alternatives = parts.filter((part) => !isTerm(part) || part.wanted)
  if (alternatives.length === 0) return true
  return alternatives.some((part) => (isTerm(part) ? [part] : part).every((one) => isActive(one) === one.wanted))
}

/** True when a version satisfies all conditions. */
export function satisfies(version: string, conditions: readonly VersionTerm[]): boolean {
  return conditions.every(({ operator, version: other }) => {
    if (operator === '==' || operator === '!=') return (version === other) === (operator === '==')
    const order = compareDebianVersions(version, other)
    if (order === 0) return operator === '<=' || operator === '>='
    return order < 0 === operator.startsWith('<')
  })
}
