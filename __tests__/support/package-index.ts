import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { serve } from './loopback.js'
import { scratch, writeFiles } from './scratch.js'
import { zipOf } from './zip.js'

/** A release on the index: what its metadata says, and which files there are of it. */
export interface Release {
  readonly name: string
  readonly version: string
  readonly requires?: readonly string[]
  readonly requiresPython?: string
  /** Tags of wheels, e.g. `cp312-cp312-manylinux_2_17_x86_64`, and `sdist`; one wheel for everything unless said. */
  readonly files?: readonly string[]
  /** Withdrawn, for this reason. */
  readonly yanked?: string
  /** ISO 8601; long ago unless said. Of `null` the index tells no date. */
  readonly uploaded?: string | null
  /** What wheels hold, by path; one empty module unless said. */
  readonly content?: Readonly<Record<string, string>>
  /** What the source archive holds beside PKG-INFO. */
  readonly tree?: Readonly<Record<string, string>>
  /** Metadata beside each wheel (PEP 658); without it the wheel itself is asked, range by range. */
  readonly metadata?: false
}

export interface PackageIndex {
  readonly url: string
  /** Paths asked for, in order. */
  readonly requests: readonly string[]
  /** Variables that make uv and pip ask this index and no other. */
  readonly env: Readonly<Record<string, string | undefined>>
  add(release: Release): void
  /** Takes a version away, or all of a name: what was tested and is gone. */
  remove(name: string, version?: string): void
  /** Hexadecimal SHA-256 sums of a release's files. */
  sums(name: string, version: string): readonly string[]
}

interface IndexFile {
  readonly release: Release
  readonly filename: string
  readonly bytes: Buffer
  readonly sha256: string
  /** METADATA of a wheel. */
  readonly metadata: string | undefined
}

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json'
const LONG_AGO = '2020-01-01T00:00:00Z'

/** A package index (PEP 503, 691, 658, 700) on loopback for as long as the test runs. */
export async function packageIndex(...releases: readonly Release[]): Promise<PackageIndex> {
  const files: IndexFile[] = []
  const add = (release: Release) => {
    const names = release.files ?? ['py3-none-any']
    files.push(...names.map((name) => (name === 'sdist' ? sdistOf(release) : wheelOf(release, name))))
  }
  for (const release of releases) add(release)
  const requests: string[] = []
  const { url } = await serve(answer(files, requests))
  const index = `${url}/simple/`
  return {
    url: index,
    requests,
    add,
    remove(name, version) {
      const kept = files.filter(
        ({ release }) => release.name !== name || (version !== undefined && release.version !== version),
      )
      files.splice(0, files.length, ...kept)
    },
    sums: (name, version) =>
      files.flatMap(({ release, sha256 }) => (release.name === name && release.version === version ? [sha256] : [])),
    env: {
      ...{ UV_DEFAULT_INDEX: index, UV_INDEX: undefined, UV_NO_CONFIG: '1', UV_FIND_LINKS: undefined },
      ...{ PIP_INDEX_URL: index, PIP_EXTRA_INDEX_URL: undefined, PIP_FIND_LINKS: undefined },
      ...{ PIP_CONFIG_FILE: '/dev/null', PIP_NO_CACHE_DIR: '1' },
    },
  }
}

function answer(files: readonly IndexFile[], requests: string[]): RequestListener {
  return (request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    requests.push(path)
    const name = /^\/simple\/([^/]+)\/$/.exec(path)?.[1]
    const of = files.filter(({ release }) => normal(release.name) === name)
    if (of.length > 0) return listing(of, request, response)
    const file = files.find(({ filename }) => path === `/files/${filename}`)
    if (file !== undefined) return bytes(file.bytes, request, response)
    const metadata = files.find(({ filename }) => path === `/files/${filename}.metadata`)?.metadata
    if (metadata !== undefined) return bytes(Buffer.from(metadata), request, response)
    response.writeHead(404).end('not here')
  }
}

function listing(files: readonly IndexFile[], { headers }: IncomingMessage, response: ServerResponse): void {
  if (!String(headers.accept).includes(JSON_TYPE)) {
    const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    const links = files.map(({ filename, sha256, release: { yanked, requiresPython } }) => {
      const attributes = [
        ...(yanked === undefined ? [] : [` data-yanked="${escaped(yanked)}"`]),
        ...(requiresPython === undefined ? [] : [` data-requires-python="${escaped(requiresPython)}"`]),
      ]
      return `<a href="/files/${filename}#sha256=${sha256}"${attributes.join('')}>${filename}</a>`
    })
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<!DOCTYPE html><html><body>${links.join('\n')}</body>`)
    return
  }
  const [first] = files
  const answer = {
    meta: { 'api-version': '1.1' },
    name: normal(first?.release.name ?? ''),
    versions: [...new Set(files.map(({ release }) => release.version))],
    files: files.map(({ filename, sha256, bytes: content, metadata, release }) => ({
      filename,
      url: `/files/${filename}`,
      hashes: { sha256 },
      size: content.length,
      ...(release.uploaded === null ? {} : { 'upload-time': release.uploaded ?? LONG_AGO }),
      yanked: release.yanked ?? false,
      ...(release.requiresPython === undefined ? {} : { 'requires-python': release.requiresPython }),
      ...(metadata === undefined || release.metadata === false
        ? {}
        : { 'core-metadata': { sha256: sum(Buffer.from(metadata)) } }),
    })),
  }
  response.writeHead(200, { 'content-type': JSON_TYPE, 'cache-control': 'no-cache' }).end(JSON.stringify(answer))
}

/** The whole, its head, or one range of it. */
function bytes(content: Buffer, { headers, method }: IncomingMessage, response: ServerResponse): void {
  const common = { 'accept-ranges': 'bytes', 'content-type': 'application/octet-stream' }
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? []
  if (from === '' && to === '') {
    response.writeHead(200, { ...common, 'content-length': content.length })
    response.end(method === 'HEAD' ? undefined : content)
    return
  }
  const start = from === '' ? Math.max(0, content.length - Number(to)) : Number(from)
  const end = from === '' || to === '' ? content.length - 1 : Math.min(Number(to), content.length - 1)
  const range = { 'content-range': `bytes ${start}-${end}/${content.length}`, 'content-length': end - start + 1 }
  response.writeHead(206, { ...common, ...range }).end(method === 'HEAD' ? undefined : content.subarray(start, end + 1))
}

function wheelOf(release: Release, tag: string): IndexFile {
  const { name, version, content } = release
  const stem = `${underscored(name)}-${version}`
  const metadata = metadataOf(release)
  const wheel = `Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: ${tag}\n`
  const inside = {
    ...(content ?? { [`${underscored(name)}_module.py`]: '' }),
    [`${stem}.dist-info/METADATA`]: metadata,
    [`${stem}.dist-info/WHEEL`]: wheel,
  }
  const record = Object.entries(inside).map(([path, text]) => {
    const digest = createHash('sha256').update(text).digest('base64url')
    return `${path},sha256=${digest},${Buffer.byteLength(text)}\n`
  })
  const own = `${stem}.dist-info/RECORD`
  const archive = zipOf(
    Object.entries({ ...inside, [own]: `${record.join('')}${own},,\n` }).map(([name, content]) => ({ name, content })),
  )
  return { release, filename: `${stem}-${tag}.whl`, bytes: archive, sha256: sum(archive), metadata }
}

function sdistOf(release: Release): IndexFile {
  const folder = scratch()
  const stem = `${underscored(release.name)}-${release.version}`
  writeFiles(join(folder, stem), { 'PKG-INFO': pkgInfoOf(release), ...(release.tree ?? treeOf(release)) })
  const file = join(folder, `${stem}.tar.gz`)
  execFileSync('tar', ['--create', '--gzip', '--file', file, '--directory', folder, stem])
  const content = readFileSync(file)
  return { release, filename: `${stem}.tar.gz`, bytes: content, sha256: sum(content), metadata: undefined }
}

/** Built by `setuptools`, see `buildTool`. */
function treeOf(release: Release): Readonly<Record<string, string>> {
  const { name, version, requires = [] } = release
  return { 'setup.py': setupPy({ name, version, install_requires: requires }) }
}

/** A setup.py with these keywords; values are JSON, which is Python where there is no boolean in it. */
export function setupPy(keywords: Readonly<Record<string, unknown>>, before = ''): string {
  const words = Object.entries(keywords).map(([key, value]) => `    ${key}=${JSON.stringify(value)},\n`)
  return `${before}import setuptools\nsetuptools.setup(\n${words.join('')})\n`
}

function metadataOf({ name, version, requires = [], requiresPython }: Release): string {
  const lines = [
    ...['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`, `Summary: ${name} of the tests`],
    ...(requiresPython === undefined ? [] : [`Requires-Python: ${requiresPython}`]),
    ...requires.map((requirement) => `Requires-Dist: ${requirement}`),
  ]
  return `${lines.join('\n')}\n`
}

/** Of an sdist it says nothing that could be relied on: who wants to know has to build it. */
function pkgInfoOf({ name, version }: Release): string {
  return `Metadata-Version: 1.1\nName: ${name}\nVersion: ${version}\n`
}

/**
 * A `setuptools` that does what the tests need without the real one's size: it runs setup.py, counts tags of git as pbr
 * does, and says in the wheels that it makes which of its versions it was.
 */
export function buildTool(version: string, parts: Partial<Release> = {}): Release {
  const backend = `import base64, hashlib, os, re, subprocess, zipfile
import setuptools

def _run():
    setuptools.said.clear()
    with open('setup.py') as file:
        exec(compile(file.read(), 'setup.py', 'exec'), {'__name__': '__main__', '__file__': 'setup.py'})
    return setuptools.said

def _version(said):
    if 'version' in said:
        return said['version']
    words = subprocess.run(['git', 'describe', '--tags', '--long'], capture_output=True, text=True, check=True)
    tag, distance, _ = words.stdout.strip().rsplit('-', 2)
    if distance == '0':
        return tag
    head, last = tag.rsplit('.', 1)
    return '%s.%d.dev%s' % (head, int(last) + 1, distance)

def get_requires_for_build_wheel(config_settings=None):
    return list(_run().get('setup_requires', []))

def _metadata(said):
    lines = ['Metadata-Version: 2.1', 'Name: ' + said['name'], 'Version: ' + _version(said)]
    lines += ['Requires-Dist: ' + one for one in said.get('install_requires', [])]
    return '\\n'.join(lines) + '\\n'

def _stem(said):
    return '%s-%s' % (re.sub('[-_.]+', '_', said['name']).lower(), _version(said))

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    said = _run()
    name = _stem(said) + '.dist-info'
    os.makedirs(os.path.join(folder, name))
    with open(os.path.join(folder, name, 'METADATA'), 'w') as file:
        file.write(_metadata(said))
    with open(os.path.join(folder, name, 'WHEEL'), 'w') as file:
        file.write('Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    return name

def build_wheel(folder, config_settings=None, metadata_directory=None):
    said = _run()
    stem = _stem(said)
    wheel = 'Wheel-Version: 1.0\\nGenerator: setuptools (%s)\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'
    files = {one + '.py': open(one + '.py').read() for one in said.get('py_modules', [])}
    files[stem + '.dist-info/METADATA'] = _metadata(said)
    files[stem + '.dist-info/WHEEL'] = wheel % setuptools.__version__
    record = ''
    name = stem + '-py3-none-any.whl'
    with zipfile.ZipFile(os.path.join(folder, name), 'w') as archive:
        for path, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()
            record += '%s,sha256=%s,%d\\n' % (path, digest, len(text.encode()))
            archive.writestr(path, text)
        own = stem + '.dist-info/RECORD'
        archive.writestr(own, record + own + ',,\\n')
    return name
`
  const module = `__version__ = ${JSON.stringify(version)}
said = {}

def setup(**keywords):
    said.update(keywords)
`
  return {
    name: 'setuptools',
    version,
    content: {
      'setuptools/__init__.py': module,
      // uv asks for the second where nothing names a backend.
      'setuptools/build_meta.py': `${backend}
class _Legacy:
    get_requires_for_build_wheel = staticmethod(get_requires_for_build_wheel)
    prepare_metadata_for_build_wheel = staticmethod(prepare_metadata_for_build_wheel)
    build_wheel = staticmethod(build_wheel)

__legacy__ = _Legacy()
`,
    },
    ...parts,
  }
}

function underscored(name: string): string {
  return name.replaceAll(/[-_.]+/g, '_').toLowerCase()
}

function normal(name: string): string {
  return name.replaceAll(/[-_.]+/g, '-').toLowerCase()
}

function sum(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
