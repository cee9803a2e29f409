import { writeFiles } from './scratch.js'

export interface PythonProject {
  readonly name?: string
  readonly version?: string
  readonly dependencies?: readonly string[]
  /** Further files by their paths, e.g. `etc/hello.conf`. */
  readonly files?: Readonly<Record<string, string>>
}

/** Writes a setuptools project with one module and one command that prints a greeting. */
export function writeProject(folder: string, project: PythonProject = {}): void {
  const { name = 'hello', version = '1.2.3', dependencies = [], files = {} } = project
  const module = `${name.replaceAll('-', '_')}_module`
  writeFiles(folder, {
    'pyproject.toml': `[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "${name}"
version = "${version}"
description = "Says ${name}"
dependencies = ${JSON.stringify(dependencies)}

[project.scripts]
${name} = "${module}:main"

[tool.setuptools]
py-modules = ["${module}"]
`,
    [`${module}.py`]: `def main():\n    print("${name} says hello")\n`,
    ...files,
  })
}
