/** Runs an example as a user does: in a process of its own. */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How it ended, and what it said. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** Runs a file of examples/ with these arguments. */
export function runExample(path: string, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const cwd = fileURLToPath(new URL('../..', import.meta.url))
    const command = ['--import', 'tsx', path, ...args]
    execFile(process.execPath, command, { cwd, maxBuffer: 2 ** 26 }, (failure, out, error) => {
      if (failure === null) resolve({ code: 0, out, error })
      else if (typeof failure.code === 'number') resolve({ code: failure.code, out, error })
      else reject(new Error('the process did not come to an end', { cause: failure }))
    })
  })
}
