/** Whoever reads the demo's output may stop before its end. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

test('a reader that stops early is no error', async () => {
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const args = ['--import', 'tsx', 'examples/scenarios/main.ts', 'partition', '--json']
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  // Before it has even begun to write: so the first line already finds nobody there.
  child.stdout.destroy()
  let error = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text))
  const [code] = (await once(child, 'close')) as [number | null]
  expect(error).toBe('')
  expect(code).toBe(0)
})
