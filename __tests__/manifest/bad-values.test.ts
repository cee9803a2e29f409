import { describe, expect, it } from 'vitest'
import { problemsOf, read } from './manifest-file.js'

const quote = (text: string): string => JSON.stringify(text)
const setting = (key: string, value: string) => `settings:\n  version: '1'\n  ${key}: ${value}\nprojects: [{name: a}]`
const ofProject = (key: string, value: string) =>
  `settings: {version: '1'}\nprojects:\n  - name: a\n    ${key}: ${value}`

describe('settings', () => {
  it.each<[string, string, string]>([
    ['base_path', 'opt/x', 'must be an absolute path'],
    ['base_path', '/opt/../etc', "must not have '..' in it"],
    ['base_path', '/opt//x', 'must be written as /opt/x'],
    ['base_path', '/proc/x', 'must not be in /proc'],
    ['base_path', quote('/opt/a b'), 'must not have blanks'],
    ['install_path', '/usr', "must not be the system's own folder /usr"],
    ['install_path', '/var/lib/dpkg/x', 'must not be in /var/lib/dpkg'],
    ['install_path', quote('/opt/a:b'), 'must not have blanks, quotes, colons'],
    ['build_type', 'deb', 'must be one of package, docker; it is "deb"'],
    ['packager', 'FPM', 'must be one of auto, fpm, nfpm'],
    ['force_overwrite', 'maybe', 'must be true or false; it is "maybe"'],
    ['jobs', '0', 'must be a whole number from 1'],
    ['jobs', '1.5', 'must be a whole number from 1'],
    ['iteration', '-1', 'must be a whole number from 1'],
    ['iteration', '99999999999', 'must be a whole number from 1'],
    ['constraints', '{a: b}', 'must be a list of texts'],
    ['fpm_options', '--x', 'must be a list'],
    ['vendor', '[a]', 'must be a text'],
    ['vendor', quote('a\nb'), 'must be one line'],
    ['vendor', quote(''), 'must not be empty'],
    ['git_url', 'ext::sh', 'must not name a remote helper of git'],
    ['output_dir', '"{{ project.name }}"', 'is the same for the whole run'],
    ['jobs', '"{{ target.jobs }}"', 'is the same for the whole run'],
    ['vendor', '"{{ nothing }}"', "'nothing' is unknown"],
    ['vendor', '"{{ settings.vendr }}"', "'settings' has no 'vendr'"],
    ['vendor', '"{{ settings.license }}"', "'settings.license' is not given"],
    ['vendor', '"{{ settings.vendor }}"', 'goes round in a circle: settings.vendor → settings.vendor'],
    ['vendor', '"{{ 1 +"', 'the template ends too early'],
    ['install_path', '"/opt/{{ project.nme }}"', "'project' has no 'nme'"],
  ])('%s: %s', async (key, value, message) => {
    const [problem, ...others] = await problemsOf(setting(key, value))
    expect(others).toEqual([])
    expect(problem).toMatchObject({ line: 3, column: key.length + 5 })
    expect(problem?.message).toContain(`settings.${key}: ${message}`)
  })

  it.each<[string, string, string]>([
    ['base_path', '/proc/{{ project.name }}', 'settings.base_path: must not be in /proc'],
    ['base_path', '/opt/{{ version }}//', 'settings.base_path: must be written as /opt/1'],
    ['install_path', '/tmp/{{ project.name }}', 'settings.install_path: must not be in /tmp'],
    ['package_name_format', 'A-{{ project.name }}', 'settings.package_name_format: must have at least two'],
    ['package_name_format', '{{ name | nofilter }}', "settings.package_name_format: no filter is named 'nofilter'"],
  ])('%s of %s is told, though each project renders it for itself', async (key, value, message) => {
    const [problem, ...others] = await problemsOf(setting(key, quote(value)))
    expect(others).toEqual([])
    expect(problem).toMatchObject({ line: 3, message: expect.stringContaining(message) })
  })

  it.each(['1/2', '', 'a b', '..', '-1', 'a\tb'])('version %j', async (version) => {
    const problems = await problemsOf(`settings: {version: ${quote(version)}}\nprojects: [{name: a}]`)
    expect(problems[0]).toMatchObject({
      line: 1,
      column: 21,
      message: expect.stringContaining('settings.version: must not'),
    })
  })

  it('shows a circle of values once', async () => {
    const text = setting('vendor', '"{{ settings.license }}"').replace(
      'projects',
      '  license: "{{ settings.homepage }}"\n  homepage: "{{ settings.vendor }}"\nprojects',
    )
    const problems = await problemsOf(text)
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('settings.vendor → settings.license → settings.homepage → settings.vendor'),
    ])
  })
})

describe('projects', () => {
  it.each<[string, string, string]>([
    ['version', 'a/b', 'must not have slashes'],
    ['gitref', quote('--upload-pack=x'), 'must not start with a dash'],
    ['gitref', quote('a b'), 'must not have blanks'],
    ['gitref', quote('a\0b'), 'must not have blanks or control'],
    ['gitref', 'a..b', 'must be the name of a branch'],
    ['gitref', '+a', 'must be the name of a branch'],
    ['gitref', 'a:b', 'must be the name of a branch'],
    ['giturl', quote('ext::sh -c id'), 'must not name a remote helper of git'],
    ['giturl', quote('fd::17'), 'must not name a remote helper of git'],
    ['giturl', quote('--upload-pack=x'), 'must not start with a dash'],
    ['giturl', 'ftp://a/b', 'must be a URL of https, http, ssh, git, file'],
    ['giturl', 'ssh://-oProxyCommand=x/y', 'must not have a host that starts with a dash'],
    ['giturl', 'ssh://a@-oProxyCommand=x/y', 'must not have a host that starts with a dash'],
    ['gitdepth', '0', 'must be a whole number'],
    ['sdist', 'keystone', "must be a name and a version, like 'keystone==27.0.0'"],
    ['sdist', 'keystone>=1', 'must be a name and a version'],
    ['sdist', 'keystone==x', 'must be a name and a version'],
    ['subdirectory', '../x', "must not have '..' in it"],
    ['subdirectory', '/x', 'must be relative to the checkout'],
    ['extras', 'ldap', 'must be a list'],
    ['package_name', 'Openstack_a', 'must have at least two characters'],
    ['package_name', 'a', 'must have at least two characters'],
    ['package_name', 'a_b', 'must have at least two characters, only a-z, 0-9 and + . -'],
    ['package_name', '-ab', 'must have at least two characters'],
    ['stackforge', '2', 'must be true or false'],
    ['install_path', '/', "must not be the system's own folder /"],
    ['install_path', '/etc', "must not be the system's own folder /etc"],
    ['install_path', '/home', "must not be the system's own folder /home"],
    ['install_path', '/opt', "must not be the system's own folder /opt"],
    ['install_path', '/usr/bin', "must not be the system's own folder /usr/bin"],
    ['install_path', '/tmp/x', 'must not be in /tmp'],
    ['install_path', '/run', 'must not be in /run'],
    ['install_path', '/opt/x//', 'must be written as /opt/x'],
    ['install_path', 'x', 'must be an absolute path'],
    ['install_path', quote('/opt/"x"'), 'must not have blanks, quotes'],
    ['install_path', quote('/opt/a\nb'), 'must not have blanks, quotes'],
  ])('%s: %s', async (key, value, message) => {
    const [problem, ...others] = await problemsOf(ofProject(key, value))
    expect(others).toEqual([])
    expect(problem).toMatchObject({ line: 4, column: key.length + 7 })
    expect(problem?.message).toContain(`projects[0].${key}: ${message}`)
  })

  it.each<[string, string, string]>([
    ['pip_dependencies', '--index-url=x', 'must be a requirement, not an option'],
    ['pip_dependencies', '', 'must not be empty'],
    ['pip_dependencies', 'a\nb', 'must be one line'],
    ['system_dependencies', 'a, b', 'must be one package'],
    ['system_dependencies', 'a\nb', 'must be one package'],
    ['system_dependencies', '-o', 'must not start with a dash'],
    ['extras', 'a b', 'must be the name of an extra'],
  ])('%s: [ok, %j]', async (key, item, message) => {
    const [problem, ...others] = await problemsOf(ofProject(key, `[ok, ${quote(item)}]`))
    expect(others).toEqual([])
    expect(problem).toMatchObject({ line: 4, column: key.length + 12 })
    expect(problem?.message).toContain(`projects[0].${key}[1]: ${message}`)
  })

  it.each(['a/b', '..', '-a', 'a b', 'a..b', 'a\0', 'a\nb', ''])('name %j', async (name) => {
    const problems = await problemsOf(`settings: {version: 1}\nprojects: [{name: ${quote(name)}}]`)
    expect(problems[0]).toMatchObject({
      line: 2,
      column: 19,
      message: expect.stringContaining('projects[0].name: must'),
    })
  })

  it.each([
    ['gitrev', "unknown key 'projects[0].gitrev'", "Did you mean 'gitref'?"],
    ['Name', "unknown key 'projects[0].Name'", "Did you mean 'name'?"],
    ['pip_dependancies', "unknown key 'projects[0].pip_dependancies'", "Did you mean 'pip_dependencies'?"],
    ['zzzzzz', "unknown key 'projects[0].zzzzzz'", undefined],
  ])('the unknown key %s', async (key, message, hint) => {
    const problems = await problemsOf(ofProject(key, 'x'))
    expect(problems).toMatchObject([{ message, line: 4, column: 5 }])
    expect(problems[0]?.hint).toBe(hint)
  })

  it.each([
    ['the same name and version', '- {name: a}\n- {name: a}', 4, 10, 'projects[1] is a 1, as projects[0] already is'],
    [
      'the same install path',
      '- {name: a, install_path: /opt/x}\n- {name: b, install_path: /opt/x}',
      4,
      27,
      'projects[1] (b) has the install path of projects[0] (a): /opt/x',
    ],
    [
      'the same install path, by packages that are installed beside each other',
      '- {name: a, package_name: a1, install_path: /opt/x}\n- {name: a, version: 2, package_name: a2, install_path: /opt/x}',
      4,
      57,
      'projects[1] (a) has the install path of projects[0] (a): /opt/x',
    ],
    [
      'the same install path, by projects whose packages have one name',
      '- {name: a, package_name: xy, install_path: /opt/x}\n- {name: b, version: 2, package_name: xy, install_path: /opt/x}',
      4,
      57,
      'projects[1] (b) has the install path of projects[0] (a): /opt/x',
    ],
    [
      'two places to come from',
      '- {name: a}\n- {name: b, path: x, sdist: b==1}',
      4,
      13,
      "projects[1] has both 'sdist' and 'path', but comes from one place only",
    ],
  ])('%s', async (_, projects, line, column, message) => {
    const problems = await problemsOf(`settings: {version: 1}\nprojects:\n${projects}`)
    expect(problems).toMatchObject([{ line, column, message }])
  })

  it.each([
    ['giturl', 'git@example.org:a/b.git'],
    ['giturl', '/srv/git/a'],
    ['giturl', '../a'],
    ['giturl', 'file:///srv/a'],
    ['giturl', 'ssh://git@example.org:29418/a'],
    ['gitref', 'refs/changes/12/3412/5'],
    ['gitref', 'stable/2025.1'],
    ['sdist', 'keystone==27.0.0'],
    ['sdist', 'a.b_c==1!2.0rc1.post2.dev3+local.1'],
    ['install_path', '/usr/share/a'],
  ])('takes %s %s', async (key, value) => {
    const { projects } = await read(ofProject(key, value))
    expect(projects[0]).toMatchObject({ [key]: value })
  })
})
