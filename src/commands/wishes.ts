import type { Leg } from '../plan/plan.js'
import type { Wishes } from '../venv/commands.js'

/** How a leg's virtualenv is filled, as far as the manifest says it. */
export function wishesOf({ project, settings }: Leg): Wishes {
  return {
    project: project.name,
    installPath: project.install_path,
    installer: settings.installer,
    shippedTools: settings.shipped_tools,
    venvCommand: project.venv_command,
    installCommand: project.install_command,
  }
}
