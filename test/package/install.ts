/** The package as a user gets it: built, packed, unpacked into an empty project, with its one dependency beside it. */

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of this repository. */
export const repository: string = fileURLToPath(new URL('../..', import.meta.url))

/** A project that has quorate installed. */
export interface Project {
  /** Its folder; `node_modules/quorate` is there. */
  readonly folder: string
  /** The paths in the tarball. */
  readonly files: readonly string[]
  remove(): void
}

/** What `npm pack` needs of a clone. */
const sources = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'tsconfig.json',
  'tsconfig.src.json',
  'tsup.config.ts',
  'src',
]

/** Packs as a maintainer would, in a clean copy, so as not to disturb a build in the repository that may be running. */
export function install(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-package-'))
  const staged = join(folder, 'staged')
  mkdirSync(staged)
  for (const file of sources) cpSync(join(repository, file), join(staged, file), { recursive: true })
  symlinkSync(join(repository, 'node_modules'), join(staged, 'node_modules'))
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], staged)) as [
    { filename: string; files: { path: string }[] },
  ]
  const target = join(folder, 'node_modules/quorate')
  mkdirSync(target, { recursive: true })
  run('tar', ['-xzf', join(folder, packed.filename), '-C', target, '--strip-components=1'], folder)
  cpSync(join(repository, 'node_modules/eventemitter3'), join(folder, 'node_modules/eventemitter3'), {
    recursive: true,
  })
  return {
    folder,
    files: packed.files.map(({ path }) => path),
    remove: () => {
      rmSync(folder, { recursive: true })
    },
  }
}

/** Runs a program to its end and answers what it printed. Throws, with its output, if it fails. */
export function run(program: string, args: readonly string[], cwd: string): string {
  return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
