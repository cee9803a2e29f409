import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import { ToolError } from '../errors.js'
import { partialPath } from '../runtime/files.js'
import type { LogFile } from '../runtime/log-file.js'
import type { Ports } from '../runtime/ports.js'
import { copyBytes, readAt, writeNew } from './file-bytes.js'
import type { Keyring } from './keyring.js'

const MAGIC = '!<arch>\n'
const HEADER_BYTES = 60
/** A deb has three members, and a signature of each kind. */
const MAX_MEMBERS = 20
/** What a deb's maker signs with. Source: debsigs(1p). */
const SIGNATURE = '_gpgorigin'
const SIGNED = [/^debian-binary$/, /^control\.tar(\.\w+)?$/, /^data\.tar(\.\w+)?$/]

interface Member {
  readonly name: string
  /** As its header has it. */
  readonly time: string
  /** Where its content begins. */
  readonly start: number
  readonly size: number
}

/**
 * Makes `signed`, a copy of a deb with a member `_gpgorigin`: the signature of its other members' bytes, one after the
 * other, as debsigs makes and debsig-verify checks it. A signature of that kind that is there already is replaced.
 */
export async function signDeb(
  file: string,
  signed: string,
  keyring: Keyring,
  ports: Ports,
  log: LogFile,
): Promise<void> {
  const payload = partialPath(`${file}.payload`)
  const signature = partialPath(`${file}.signature`)
  const deb = await open(file, 'r')
  try {
    const members = await readMembers(deb, file)
    const contents = SIGNED.map((name) => members.find((member) => name.test(member.name)))
    const [first] = members
    const whole = contents.filter((member) => member !== undefined)
    if (first === undefined || whole.length < SIGNED.length) throw new ToolError(`${file} is no Debian package`)
    await writeNew(payload, async (to) => {
      for (const member of whole) await copyBytes(deb, member.start, member.size, to)
    })
    const gpg = (...words: string[]) => ports.exec.run({ argv: [keyring.gpg, ...words], env: keyring.env }, log)
    // Not by --openpgp as debsigs does it: that means SHA-1, which gpg refuses to check.
    const how = ['--detach-sign', '--no-armor', '--digest-algo', 'SHA512', '--local-user', keyring.fingerprint]
    await gpg(...how, '--output', signature, '--', payload)
    await gpg('--verify', '--', signature, payload)
    const bytes = await readFile(signature)
    await writeNew(signed, async (to) => {
      await to.write(MAGIC)
      for (const member of members) {
        if (member.name === SIGNATURE) continue
        await copyBytes(deb, member.start - HEADER_BYTES, HEADER_BYTES + member.size, to)
        if (member.size % 2 === 1) await to.write('\n')
      }
      await to.write(memberHeader(SIGNATURE, first.time, bytes.length))
      await to.write(bytes)
      if (bytes.length % 2 === 1) await to.write('\n')
    })
  } finally {
    await deb.close()
    for (const path of [payload, signature]) await rm(path, { force: true })
  }
}

/** The members of an ar archive, in order. Source: deb(5), ar(5). */
async function readMembers(archive: FileHandle, file: string): Promise<Member[]> {
  const { size: end } = await archive.stat()
  const magic = await readAt(archive, 0, MAGIC.length)
  if (magic.toString('latin1') !== MAGIC) throw new ToolError(`${file} is no Debian package`)
  const members: Member[] = []
  for (let at = MAGIC.length; at < end; ) {
    const header = (await readAt(archive, at, HEADER_BYTES)).toString('latin1')
    const [, name, time, size] = /^(.{16})(.{12}).{20}(\d{1,10}) *`\n$/s.exec(header) ?? []
    const start = at + HEADER_BYTES
    if (name === undefined || time === undefined || start + Number(size) > end || members.length === MAX_MEMBERS) {
      throw new ToolError(`${file} is no Debian package, or a broken one`)
    }
    // GNU's ar ends names with a slash.
    members.push({ name: name.trimEnd().replace(/\/$/, ''), time, start, size: Number(size) })
    at = start + Number(size) + (Number(size) % 2)
  }
  return members
}

/** The header of a member of root's, mode 0644. */
function memberHeader(name: string, time: string, size: number): string {
  return `${name.padEnd(16)}${time}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(size).padEnd(10)}\`\n`
}
