/** `npm run linearizability -- FILE`: the process around cli.ts. */

import { readFileSync } from 'node:fs'

import { runCli } from './cli.ts'

const { stdout, stderr } = process

// Whoever reads may stop before the end, as `head` does. That is no failure of ours, and the exit code is still to be told.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

process.exitCode = runCli(process.argv.slice(2), {
  read: (path) => readFileSync(path, 'utf8'),
  out: (text) => stdout.write(`${text}\n`),
  error: (text) => stderr.write(`${text}\n`),
})
