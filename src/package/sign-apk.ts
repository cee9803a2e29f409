import { constants, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { open } from 'node:fs/promises'
import { gzipSync, inflateRawSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { InputError, ToolError } from '../errors.js'
import { readStart } from '../runtime/read-start.js'
import { copyBytes, writeNew } from './file-bytes.js'
import type { SigningKey } from './sign.js'

const BLOCK = 512
/** Metadata and scripts, packed and unpacked. */
const MAX_PACKED = 8 * 1024 * 1024
const MAX_UNPACKED = 64 * 1024 * 1024
const GZIP_HEADER_BYTES = 10
const GZIP_TRAILER_BYTES = 8

/**
 * Makes `signed`, a copy of an apk (version 2) that begins with the signature of its control segment, which holds the
 * hash of the rest: RSA with SHA-1, as abuild-sign makes it and apk-tools take it. A signature that is there already
 * is replaced. Source: https://wiki.alpinelinux.org/wiki/Apk_spec
 */
export async function signApk(file: string, signed: string, key: SigningKey): Promise<void> {
  const name = keyName(key.id)
  const secret = privateKey(key)
  const start = await readStart(file, MAX_PACKED)
  if (start === undefined) throw new ToolError(`${file} is no Alpine package`)
  let begin = 0
  let segment = gzipMember(start, file)
  if (segment.unpacked.subarray(0, 6).toString('latin1') === '.SIGN.') {
    begin = segment.size
    segment = gzipMember(start.subarray(begin), file)
  }
  const control = start.subarray(begin, begin + segment.size)
  const padded = { key: secret, padding: constants.RSA_PKCS1_PADDING }
  const signature = sign('RSA-SHA1', control, padded)
  if (!verify('RSA-SHA1', control, createPublicKey(secret), signature)) throw new ToolError(`${file} can't be signed`)

  const head = await signatureSegment(`.SIGN.RSA.${name}.rsa.pub`, signature)
  const apk = await open(file, 'r')
  try {
    const { size } = await apk.stat()
    await writeNew(signed, async (to) => {
      await to.write(head)
      await copyBytes(apk, begin, size - begin, to)
    })
  } finally {
    await apk.close()
  }
}

/** The public key's file in `/etc/apk/keys`, without its ending. */
function keyName(id: string): string {
  const name = id.replace(/(?:\.rsa)?(?:\.pub)?$/, '')
  if (/^[A-Za-z0-9][A-Za-z0-9@._+-]{0,70}$/.test(name)) return name
  throw new InputError({
    message: `${JSON.stringify(id)} can't be the name of a key of apk packages.`,
    hint: 'Name the file of the public key in /etc/apk/keys: letters, digits and @ . _ + - only, at most 70.',
  })
}

function privateKey(key: SigningKey): KeyObject {
  let secret: KeyObject
  try {
    secret = createPrivateKey({ key: key.secret, passphrase: key.passphrase })
  } catch {
    // The reason is left out: it may show what was tried.
    throw new InputError({
      message: 'GIFTWRAP_APK_KEY holds no private key in PEM that GIFTWRAP_APK_PASSPHRASE opens.',
    })
  }
  if (secret.asymmetricKeyType === 'rsa') return secret
  throw new InputError({ message: 'GIFTWRAP_APK_KEY holds no RSA key, and apk packages are signed by RSA alone.' })
}

/** The first member of a gzip file that has several, as apk's segments are: its size, and what is in it. */
function gzipMember(bytes: Buffer, file: string): { readonly size: number; readonly unpacked: Buffer } {
  const broken = new ToolError(`${file} is no Alpine package of version 2, or a broken one`)
  // No name, comment or further field in the header: neither abuild nor nfpm writes any.
  if (bytes.length < GZIP_HEADER_BYTES || bytes.readUInt32BE(0) !== 0x1f8b0800) throw broken
  try {
    const options = { info: true, maxOutputLength: MAX_UNPACKED } as const
    const { buffer, engine } = inflateRawSync(bytes.subarray(GZIP_HEADER_BYTES), options) as unknown as {
      readonly buffer: Buffer
      readonly engine: { readonly bytesWritten: number }
    }
    const size = GZIP_HEADER_BYTES + engine.bytesWritten + GZIP_TRAILER_BYTES
    if (size <= bytes.length) return { size, unpacked: buffer }
  } catch {
    // said below
  }
  throw broken
}

/** A tar of one file without the blocks that end an archive: the next segment goes on with it. */
async function signatureSegment(name: string, signature: Buffer): Promise<Buffer> {
  const tar = pack()
  tar.entry({ name, mode: 0o644, uid: 0, gid: 0, mtime: new Date(0), type: 'file' }, signature)
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar) chunks.push(chunk as Buffer)
  const size = BLOCK + Math.ceil(signature.length / BLOCK) * BLOCK
  return gzipSync(Buffer.concat(chunks).subarray(0, size), { level: 9 })
}
