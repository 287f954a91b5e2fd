/** `npm run kv -- COMMAND`: the process around cli.ts. */

import { runCli } from './cli.ts'

const { stdout, stderr } = process

// Whoever reads may stop before the end, as `head` does. That is no failure of ours.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
  process.on(signal, () => {
    // Who asks twice does not want to wait.
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
  })

async function main(): Promise<void> {
  process.exitCode = await runCli(process.argv.slice(2), {
    out: (text) => stdout.write(`${text}\n`),
    error: (text) => stderr.write(`${text}\n`),
    // Asked for each time: a window can be made larger.
    get screen() {
      return stdout.isTTY ? { columns: stdout.columns, rows: stdout.rows } : null
    },
    stop: stop.signal,
  })
}

void main()
