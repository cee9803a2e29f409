import { describe, expect, it } from 'vitest'
import { problemsOf, read } from './manifest-file.js'
import { loadText, problemsIn } from './manifest-folder.js'

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
    ['force_overwrite', 'y', 'must be true or false; it is "y"'],
    ['force_overwrite', '1', 'must be true or false; it is "1"'],
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
    ['requirements_url', 'ext::sh', 'must not name a remote helper of git'],
    ['releases_url', 'ext::sh', 'must not name a remote helper of git'],
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

  it('is told once, however many projects render it', async () => {
    const text = setting('install_path', '"/tmp/x"').replace('{name: a}', '{name: a}, {name: b}')
    expect((await problemsOf(text)).map(({ message }) => message)).toEqual([
      expect.stringContaining('settings.install_path: must not be in /tmp'),
    ])
    const late = text.replace('/tmp/x', '/tmp/{{ vars.x }}{{ name }}').replace('settings:', 'vars: {x: ""}\nsettings:')
    expect(await problemsOf(late)).toHaveLength(2)
    const same = text.replace('/tmp/x', '/opt/{{ name }}{{ nobody }}')
    expect((await problemsOf(same)).map(({ message }) => message)).toEqual([
      "settings.install_path: 'nobody' is unknown",
    ])
  })

  it.each(['1/2', '', 'a b', '.', '..', '1..2', '-1', 'a\tb', 'a\0b', 'a\x07', 'a\\b'])(
    'version %j',
    async (version) => {
      const problems = await problemsOf(`settings: {version: ${quote(version)}}\nprojects: [{name: a}]`)
      expect(problems[0]).toMatchObject({
        line: 1,
        column: 21,
        message: expect.stringContaining('settings.version: must not'),
      })
    },
  )

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
    ['gitref', '+a:b', 'must be the name of a branch'],
    ['gitref', 'a^', 'must be the name of a branch'],
    ['gitref', 'a~1', 'must be the name of a branch'],
    ['gitref', 'a@{1}', 'must be the name of a branch'],
    ['gitref', quote('a\\b'), 'must be the name of a branch'],
    ['gitref', quote(''), 'must not be empty'],
    ['gitref', quote('a\nb'), 'must not have blanks or control'],
    ['giturl', quote('ext::sh -c id'), 'must not name a remote helper of git'],
    ['giturl', quote('fd::17'), 'must not name a remote helper of git'],
    ['giturl', quote('::sh'), 'must not name a remote helper of git'],
    ['giturl', quote('EXT::sh'), 'must not name a remote helper of git'],
    ['giturl', quote('git-remote-ext::sh'), 'must not name a remote helper of git'],
    ['giturl', quote(''), 'must not be empty'],
    ['giturl', quote('https://a/b c'), 'must not have blanks or control'],
    ['giturl', quote('/srv/a\0b'), 'must not have blanks or control'],
    ['giturl', quote('https://a/b\nc'), 'must not have blanks or control'],
    ['giturl', 'a@-oProxyCommand=x:y', 'must not have a host that starts with a dash'],
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
    ['subdirectory', 'a/../../x', "must not have '..' in it"],
    ['subdirectory', '-x', 'must not start with a dash'],
    ['subdirectory', quote('a\0b'), 'must not have backslashes or control'],
    ['subdirectory', quote('a\nb'), 'must not have backslashes or control'],
    ['subdirectory', quote('a\\b'), 'must not have backslashes or control'],
    ['subdirectory', quote(''), 'must not be empty'],
    ['extras', 'ldap', 'must be a list'],
    ['package_name', 'Openstack_a', 'must have at least two characters'],
    ['package_name', 'a', 'must have at least two characters'],
    ['package_name', 'a_b', 'must have at least two characters, only a-z, 0-9 and + . -'],
    ['package_name', '-ab', 'must have at least two characters'],
    ['package_name', 'openstack_a', 'must have at least two characters'],
    ['package_name', '.ab', 'must have at least two characters'],
    ['package_name', 'a b', 'must have at least two characters'],
    ['package_name', 'a/b', 'must have at least two characters'],
    ['package_name', quote('ab\n'), 'must have at least two characters'],
    ['stackforge', '2', 'must be true or false'],
    ['install_path', '/', "must not be the system's own folder /"],
    ['install_path', '/etc', "must not be the system's own folder /etc"],
    ['install_path', '/home', "must not be the system's own folder /home"],
    ['install_path', '/opt', "must not be the system's own folder /opt"],
    ['install_path', '/usr/bin', "must not be the system's own folder /usr/bin"],
    ['install_path', '/tmp/x', 'must not be in /tmp'],
    ['install_path', '/run', 'must not be in /run'],
    ['install_path', '/sys', 'must not be in /sys'],
    ['install_path', '/dev/shm', 'must not be in /dev'],
    ['install_path', '/boot/x', 'must not be in /boot'],
    ['install_path', '/var/run/x', 'must not be in /var/run'],
    ['install_path', '/var/lock/x', 'must not be in /var/lock'],
    ['install_path', '/var/tmp/x', 'must not be in /var/tmp'],
    ['install_path', '/run/x', 'must not be in /run'],
    ['install_path', '/bin', "must not be the system's own folder /bin"],
    ['install_path', '/lib', "must not be the system's own folder /lib"],
    ['install_path', '/lib64', "must not be the system's own folder /lib64"],
    ['install_path', '/sbin', "must not be the system's own folder /sbin"],
    ['install_path', '/root', "must not be the system's own folder /root"],
    ['install_path', '/snap', "must not be the system's own folder /snap"],
    ['install_path', '/srv', "must not be the system's own folder /srv"],
    ['install_path', '/usr', "must not be the system's own folder /usr"],
    ['install_path', '/var', "must not be the system's own folder /var"],
    ['install_path', '/usr/lib', "must not be the system's own folder /usr/lib"],
    ['install_path', '/usr/local', "must not be the system's own folder /usr/local"],
    ['install_path', '/usr/local/bin', "must not be the system's own folder /usr/local/bin"],
    ['install_path', '/usr/share', "must not be the system's own folder /usr/share"],
    ['install_path', '/var/lib', "must not be the system's own folder /var/lib"],
    ['install_path', '/var/log', "must not be the system's own folder /var/log"],
    ['install_path', '/media', "must not be the system's own folder /media"],
    ['install_path', '/mnt', "must not be the system's own folder /mnt"],
    ['install_path', '/opt/../etc', "must not have '..' in it"],
    ['install_path', '/opt/./x', 'must be written as /opt/x'],
    ['install_path', '/opt/x/.', 'must be written as /opt/x'],
    ['install_path', quote('/opt/a\0b'), 'must not have blanks, quotes'],
    ['install_path', quote('/opt/a\x7fb'), 'must not have blanks, quotes'],
    ['install_path', '/opt/$HOME', 'must not have blanks, quotes'],
    ['install_path', quote('/opt/a\\b'), 'must not have blanks, quotes'],
    ['install_path', quote('/opt/`id`'), 'must not have blanks, quotes'],
    ['install_path', quote("/opt/it's"), 'must not have blanks, quotes'],
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

  it('tells what is wrong with each item of a list', async () => {
    const problems = await problemsOf(ofProject('pip_dependencies', '["{{ a }}", ok, "{{ b }}"]'))
    expect(problems.map(({ message, column }) => [message, column])).toEqual([
      ["projects[0].pip_dependencies[0]: 'a' is unknown", 24],
      ["projects[0].pip_dependencies[2]: 'b' is unknown", 39],
    ])
  })

  it.each([
    ['services: [{name: x, comand: y}]', 26, 'projects[0].services[0].comand', "Did you mean 'command'?"],
    ['directories: [{path: /a, zzzzzz: y}]', 30, 'projects[0].directories[0].zzzzzz', undefined],
    ['scripts: {before_instal: y}', 15, 'projects[0].scripts.before_instal', "Did you mean 'before_install'?"],
  ])('the unknown key in %s', async (text, column, key, hint) => {
    const problems = await problemsIn(() => loadText(`settings: {version: 1}\nprojects:\n  - name: a\n    ${text}`))
    expect(problems).toMatchObject([{ message: `unknown key '${key}'`, line: 4, column }])
    expect(problems[0]?.hint).toBe(hint)
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
    ['nmae', "unknown key 'projects[0].nmae'", "Did you mean 'name'?"],
    ['GITREF', "unknown key 'projects[0].GITREF'", "Did you mean 'gitref'?"],
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
      'the same install path of two packages of one project',
      '- {name: a, package_name: a1}\n- {name: a, version: 2, package_name: a2}',
      4,
      3,
      'projects[1] (a) has the install path of projects[0] (a): /opt/openstack/a',
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

describe('values of keys that are in something, or come with a later piece', () => {
  const owned = 'a'.repeat(32)

  it.each<[string, string, number, string]>([
    ['user', '-root', 11, 'user: must start with a-z or _'],
    ['user', 'Root', 11, 'user: must start with a-z or _'],
    ['user', owned, 11, 'user: must start with a-z or _'],
    ['group', 'a:b', 12, 'group: must start with a-z or _'],
    ['services', '[{name: ../x, command: y}]', 23, 'services[0].name: must start with a letter or digit'],
    ['services', '[{name: -x, command: y}]', 23, 'services[0].name: must start with a letter or digit'],
    ['services', '[{name: x, file: ../y}]', 32, "services[0].file: must not have '..' in it"],
    ['services', '[{name: x, file: /etc/y}]', 32, "services[0].file: must be a path in the manifest's folder"],
    ['services', '[{name: x, command: "a\\nb"}]', 35, 'services[0].command: must be one line'],
    ['services', '[{name: x, command: y, environment: {A=B: c}}]', 57, 'services[0].environment.A=B: has a name that'],
    [
      'services',
      '[{name: x, command: y, environment: {A: "b\\0"}}]',
      55,
      'services[0].environment.A: must not have a NUL',
    ],
    ['directories', '[/]', 19, "directories[0].path: must not be the system's own folder /"],
    ['directories', '[{path: /}]', 26, "directories[0].path: must not be the system's own folder /"],
    ['directories', '[{path: var}]', 26, 'directories[0].path: must be an absolute path'],
    ['directories', '[{path: /var/../etc}]', 26, "directories[0].path: must not have '..' in it"],
    ['directories', '[{path: /a, mode: "0899"}]', 36, 'directories[0].mode: must be an octal mode'],
    ['directories', '[{path: /a, mode: "07777"}]', 36, 'directories[0].mode: must be an octal mode'],
    ['directories', '[{path: /a, owner: a b}]', 37, 'directories[0].owner: must start with a-z or _'],
    ['config_files', '[etc/x]', 20, 'config_files[0]: must be an absolute path'],
    ['config_files', '[/etc/../x]', 20, "config_files[0]: must not have '..' in it"],
    ['config_files', '["/etc/a\\0"]', 20, 'config_files[0]: must not have control characters'],
    ['path', '-x', 11, 'path: must not start with a dash'],
    ['path', '"a\\0b"', 11, 'path: must not have control characters'],
    ['path', '"a\\nb"', 11, 'path: must not have control characters'],
    ['path', '" "', 11, 'path: must not be empty'],
    ['patches', '[../x.diff]', 15, "patches[0]: must not have '..' in it"],
    ['patches', '[a/../../x.diff]', 15, "patches[0]: must not have '..' in it"],
    ['patches', '[/etc/x]', 15, "patches[0]: must be a path in the manifest's folder"],
    ['patches', '[-x]', 15, 'patches[0]: must not start with a dash'],
    ['scripts', '{before_install: {file: ../x}}', 38, "scripts.before_install.file: must not have '..' in it"],
    ['scripts', '{before_install: "a\\0b"}', 31, 'scripts.before_install'],
    ['provides', '[-a]', 16, 'provides[0]: must not start with a dash'],
    ['conflicts', '["a, b"]', 17, 'conflicts[0]: must be one package'],
    ['replaces', '["a\\nb"]', 16, 'replaces[0]: must be one package'],
    ['recommends', '["a;b"]', 18, 'recommends[0]: must be one package'],
    [
      'pip_overrides',
      '[{requirement: "-r x"}]',
      35,
      'pip_overrides[0].requirement: must be a requirement, not an option',
    ],
    ['pip_overrides', '[" --pre"]', 21, 'pip_overrides[0].requirement: must be a requirement, not an option'],
    [
      'pip_overrides',
      '[urllib3]',
      21,
      "pip_overrides[0].requirement: must be a name with versions, like 'urllib3==2.5.0'",
    ],
    [
      'pip_overrides',
      `["x @ git+https://me:secret@git.test/x@${'1'.repeat(40)}"]`,
      21,
      'pip_overrides[0].requirement: must not hold credentials',
    ],
    ['pip_overrides', '["x @ git+https://git.test/x@main"]', 21, 'pip_overrides[0].requirement: must be a name with'],
    ['pip_overrides', '["x @ https://git.test/x.whl"]', 21, 'pip_overrides[0].requirement: must be a name with'],
    ['pip_overrides', '[{reason: x}]', 21, 'pip_overrides[0].requirement: is required'],
    ['system_dependencies', '{dpkg: ["a,b"]}', 34, 'system_dependencies.dpkg[0]: must be one package'],
    ['system_dependencies', '{Dpkg: [a]}', 26, 'system_dependencies'],
    ['epoch', '-1', 12, 'epoch: must be a whole number from 0'],
    ['smoke_test', 'true', 17, 'smoke_test: must be false, a command or a list of commands'],
    ['smoke_test', 'Yes', 17, 'smoke_test: must be false, a command or a list of commands'],
    ['commands', '{a: b}', 15, 'commands: must be true, false or a list of names'],
    ['sdist', 'a==1;b', 12, 'sdist: must be a name and a version'],
    ['sdist', '--x==1', 12, 'sdist: must be a name and a version'],
    ['extras', '["a,b"]', 14, 'extras[0]: must be the name of an extra'],
    ['gerrit_project', '-x', 21, 'gerrit_project: must not start with a dash'],
  ])('%s of a project: %s', async (key, value, column, message) => {
    const [problem] = await problemsIn(() => loadText(ofProject(key, value)))
    expect(`${problem?.line}:${problem?.column} ${problem?.message}`).toContain(`4:${column} projects[0].${message}`)
  })

  it.each<[string, string, string]>([
    ['gerrit_url', 'file:///x', 'gerrit_url: must be a URL of http or https'],
    ['zuul_url', 'x', 'zuul_url: must be a URL of http or https'],
    ['constraints_url', '"http://a b"', 'constraints_url: must be a URL of http or https'],
    ['constraints', '[--index-url=x]', 'constraints[0]: must be a requirement, not an option'],
    ['upper_constraints', '--x', 'upper_constraints: must be a requirement, not an option'],
    ['sign', '{deb: --x}', 'sign.deb: must be the id of a key'],
    ['sign', '{rpm: "a\\nb"}', 'sign.rpm: must be the id of a key'],
    ['image_name', 'Acme', 'image_name: must be the name of an image'],
    ['image_name', '-a', 'image_name: must be the name of an image'],
    ['image_tag', '-a', 'image_tag: must be a tag'],
    ['image_tag', 'a'.repeat(129), 'image_tag: must be a tag'],
    ['base_image', '--privileged', 'base_image: must be an image'],
    ['base_image', 'a b', 'base_image: must be an image'],
    ['expose', '0', 'expose[0]: must be a port'],
    ['expose', '[70000]', 'expose[0]: must be a port'],
    ['expose', '[5000/icmp]', 'expose[0]: must be a port'],
    ['labels', '{a b: c}', 'labels.a b: has a name that is not allowed'],
    ['environment', '{1A: b}', 'environment.1A: has a name that is not allowed'],
    ['environment', '{A: "b\\0"}', 'environment.A: must not have a NUL'],
    ['user', '--privileged', 'user: must start with a-z or _'],
    ['iteration', '2147483648', 'iteration: must be a whole number from 1 to 2147483647'],
    ['formats', '[exe]', 'formats[0]: must be one of deb, rpm'],
    ['package_name_format', 'a{b}', 'package_name_format: must have at least two'],
    ['license', '"a\\u2028b"', 'license: must be one line'],
  ])('%s of settings: %s', async (key, value, message) => {
    const [problem] = await problemsIn(() => loadText(setting(key, value)))
    expect(problem).toMatchObject({ line: 3, message: expect.stringContaining(`settings.${message}`) })
  })

  it.each<[string, string]>([
    ['{id: ../x}', 'id: must have only a-z, 0-9 and dots'],
    ['{id: a-b}', 'id: must have only a-z, 0-9 and dots'],
    ['{id: x, image: --privileged}', 'image: must be an image'],
    ['{id: x, python: "2.7"}', 'python: must be a version of Python'],
    ['{id: x, python: ../x}', 'python: must be a version of Python'],
    ['{id: x, family: A}', 'family: must have only a-z, 0-9 and dots'],
    ['{id: x, arch: [x86_64]}', 'arch[0]: must be one of amd64, arm64'],
    ['{id: x, formats: [exe]}', 'formats[0]: must be one of deb, rpm'],
    ['{image: x}', 'id: is required'],
  ])('a target %s', async (text, message) => {
    const [problem] = await problemsIn(() =>
      loadText(`settings: {version: 1}\nprojects: [{name: a}]\ntargets: [${text}]`),
    )
    expect(problem).toMatchObject({ line: 3, message: expect.stringContaining(`targets[0].${message}`) })
  })
})

describe('superrepo', () => {
  it.each([
    ['ext::sh -c id', 'must not name a remote helper of git'],
    ['--upload-pack=x', 'must not start with a dash'],
    ['ftp://a/b', 'must be a URL of'],
    ['a\0b', 'must not have blanks or control'],
  ])('%j', async (url, message) => {
    const problems = await problemsIn(() => loadText(`settings: {version: 1}\nsuperrepo: ${quote(url)}`))
    expect(problems).toMatchObject([{ line: 2, column: 12, message: expect.stringContaining(`superrepo: ${message}`) }])
  })
})

describe('targets and overrides', () => {
  it.each<[string, string, number, string | undefined]>([
    ['targets: [{id: x, imag: y}]', "unknown key 'targets[0].imag'", 19, "Did you mean 'image'?"],
    ['targets: [[a]]', "targets[0] must be the id of a target, or a mapping with an 'id'", 11, undefined],
    ['targets: [~]', "targets[0] must be the id of a target, or a mapping with an 'id'", 11, undefined],
    ['targets: {id: a}', "'targets' must be a list", 1, undefined],
    ['targets: [a, b, a]', 'targets[2] is a, as targets[0] already is', 17, undefined],
    ["overrides: [{select: '*', extra: [a]}]", "unknown key 'overrides[0].extra'", 27, "Did you mean 'extras'?"],
    [
      "overrides: [{select: '*', settings: {vendr: a}}]",
      "unknown key 'overrides[0].settings.vendr'",
      38,
      "Did you mean 'vendor'?",
    ],
    ["overrides: [{select: '*', settings: [a]}]", "'overrides[0].settings' must be a mapping", 27, undefined],
    ['overrides: [a]', "overrides[0] must be a mapping with a 'select'", 13, undefined],
    ['vars: [a]', "'vars' must be a mapping", 1, undefined],
    [
      'vars: {a-b: 1}',
      "'a-b' is not the name of a variable",
      8,
      'It has letters, digits and _, and does not start with a digit.',
    ],
  ])('%s', async (text, message, column, hint) => {
    const problems = await problemsIn(() => loadText(`${text}\nsettings: {version: 1}\nprojects: [{name: a}]`))
    expect(problems).toMatchObject([{ message, line: 1, column }])
    expect(problems[0]?.hint).toBe(hint)
  })
})
