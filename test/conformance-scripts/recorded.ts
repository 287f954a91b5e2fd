/** The recorded scripts: where they are, and how each folder is run. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, posix, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { confChangeHandler } from './confchange-commands.ts'
import { interactionHandler } from './interaction-commands.ts'
import { quorumHandler } from './quorum-commands.ts'
import { type Handler, type Replay, replay } from './replay.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Each folder has a language of its own. */
const folders: ReadonlyMap<string, () => Handler> = new Map([
  ['confchange', confChangeHandler],
  ['interaction', () => interactionHandler()],
  ['quorum', quorumHandler],
])

/** One script that was found. */
export interface RecordedScript {
  /** From the folder of all scripts, with forward slashes. */
  readonly name: string
  /** For messages: from the working directory. */
  readonly path: string
  readonly run: () => Replay
}

/** The folder that holds them: what CONFORMANCE_DIR says, or beside the repository. */
function conformanceDir(): string {
  const chosen = process.env['CONFORMANCE_DIR'] ?? ''
  return chosen === '' ? resolve(root, '../shared/conformance') : resolve(chosen)
}

/** All scripts of all folders; none if there is no such directory. */
export function recordedScripts(dir: string = conformanceDir()): readonly RecordedScript[] {
  return [...folders].flatMap(([folder, handler]) =>
    listScripts(join(dir, folder)).map((file) => {
      const path = join(dir, folder, file)
      return {
        name: posix.join(folder, file),
        path,
        run: () => replay(readFileSync(path, 'utf8'), handler()),
      }
    }),
  )
}

/** Why there is nothing to run, and what to do about it. */
export function whyNone(dir: string = conformanceDir()): string {
  const what = existsSync(dir) ? `${dir} holds no scripts` : `${dir} does not exist`
  return `${what}: set CONFORMANCE_DIR to the directory with the folders ${[...folders.keys()].join(', ')}`
}

function listScripts(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.txt') && statSync(join(folder, file)).isFile())
    .map((file) => file.replaceAll('\\', '/'))
    .toSorted()
}
