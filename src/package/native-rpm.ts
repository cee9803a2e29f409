import type { Command } from '../runtime/exec.js'
import type { FormattedPackage } from './formatted.js'
import { describe, macros, RPM_DEFINES, RPM_PAYLOADS, rpmLicense } from './fpm.js'
import { SECTION } from './model.js'
import type { Slot } from './scripts/compose.js'

const SECTIONS: Readonly<Partial<Record<Slot, string>>> = {
  preinstall: '%pre',
  postinstall: '%post',
  preremove: '%preun',
  postremove: '%postun',
  posttransaction: '%posttrans',
}

/**
 * The spec file. `%install` takes what is staged from the variable `STAGED`: whatever a folder is called, no macro and
 * no word of the shell comes of it. Source: https://rpm-software-management.github.io/rpm/manual/spec.html
 */
export function rpmSpec(found: FormattedPackage): string {
  const { depends, recommends, provides, conflicts, replaces } = found.relations
  const tag = (name: string, values: readonly (string | undefined)[]) =>
    values.flatMap((value) => (value ? [`${name}: ${macros(value.replaceAll(/\s+/g, ' ').trim())}`] : []))
  return [
    ...tag('Name', [found.name]),
    ...tag('Epoch', [found.epoch === 0 ? undefined : String(found.epoch)]),
    ...tag('Version', [found.version]),
    ...tag('Release', [found.release]),
    ...tag('Summary', [found.summary]),
    ...tag('License', [rpmLicense(found)]),
    ...tag('Group', [SECTION]),
    ...tag('Vendor', [found.vendor]),
    ...tag('Packager', [found.maintainer]),
    ...tag('URL', [found.homepage]),
    'AutoReqProv: no',
    ...tag('Requires', depends),
    ...tag('Recommends', recommends),
    ...tag('Provides', provides),
    ...tag('Conflicts', conflicts),
    ...tag('Obsoletes', replaces),
    '',
    '%description',
    macros(describe(found)).replaceAll(/^\s*$/gm, ' .'),
    '',
    '%install',
    'mkdir -p "$RPM_BUILD_ROOT"',
    'cp -a "$STAGED/." "$RPM_BUILD_ROOT/"',
    '',
    ...Object.entries(found.scripts).flatMap(([slot, text]) => [sectionOf(slot), macros(text), '']),
    '%files',
    '%defattr(-,root,root,-)',
    ...found.entries.map((entry) => `${entry.kind === 'directory' ? '%dir ' : ''}${filePath(entry.path)}`),
    // The folder stands for all that is in it; what is named again only gets its flag.
    filePath(found.tree.installPath),
    ...found.configFiles.map((path) => `%config(noreplace) ${filePath(path)}`),
    '',
  ].join('\n')
}

function sectionOf(slot: string): string {
  const section = Object.entries(SECTIONS).find(([known]) => known === slot)?.[1]
  if (section === undefined) throw new Error(`an rpm has no scriptlet for ${slot}`)
  return section
}

/** A path that rpmbuild takes for no pattern, macro or several words; `?` stands for what it has no way to quote. */
function filePath(path: string): string {
  if (!/[\s*?%${}[\]"'\\]/.test(path)) return path
  return path
    .replaceAll(/[\s{}"'\\]/g, '?')
    .replaceAll(
      /[*%$[\]]/g,
      (found) => `[${found === '[' || found === ']' ? '\\' : ''}${found === '%' ? '%%' : found}]`,
    )
}

/** rpmbuild for a spec file; `_rpmdir` gets the package under its usual name. Source: rpmbuild(8). */
export function rpmbuildCommand(
  found: FormattedPackage,
  at: { readonly spec: string; readonly folder: string; readonly root: string },
): Command {
  const folder = macros(at.folder)
  const defines = [
    ...RPM_DEFINES,
    `_topdir ${folder}`,
    `_rpmdir ${folder}`,
    `_tmppath ${folder}/tmp`,
    '_rpmfilename package.rpm',
    `_binary_payload ${RPM_PAYLOADS[found.compression]}`,
    '_binary_filedigest_algorithm 8',
    '_source_filedigest_algorithm 8',
    // What is in the tree is for others to judge, and no interpreter of its scripts is to be looked for.
    '__spec_install_post %{nil}',
    '_unpackaged_files_terminate_build 1',
    'source_date_epoch_from_changelog 0',
  ]
  return {
    argv: [
      ...['rpmbuild', '-bb', '--quiet', '--target', `${found.architecture}-unknown-linux`],
      ...defines.flatMap((define) => ['--define', define]),
      at.spec,
    ],
    env: { SOURCE_DATE_EPOCH: String(found.date), STAGED: at.root, HOME: at.folder },
  }
}
