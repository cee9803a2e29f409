import type { Ports } from '../runtime/ports.js'
import { which } from '../runtime/which.js'

/** A Python that has pip: the distribution's first, as its pip reads the system's certificates. */
export async function findPip(ports: Ports): Promise<string | undefined> {
  const ofPath = await which('python3', ports.environment)
  for (const python of new Set(['/usr/bin/python3', ...(ofPath === undefined ? [] : [ofPath])])) {
    const works = await ports.exec.run({ argv: [python, '-m', 'pip', '--version'] }).then(
      () => true,
      () => false,
    )
    if (works) return python
  }
  return undefined
}
