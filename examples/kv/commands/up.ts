/** `up`: a whole cluster on this machine, a process for each node, until it is interrupted. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Command, ExitCode, Terminal } from './command.ts'
import { nodeArguments } from './processes.ts'

export const up: Command = {
  names: [],
  flags: {
    nodes: { type: 'string' },
    port: { type: 'string' },
    data: { type: 'string' },
    'heartbeat-ms': { type: 'string' },
    'election-ms': { type: 'string' },
  },
  summary: 'run a cluster of processes on this machine; Ctrl-C stops it',
  help: [
    '--nodes 5            how many, from 1 to 9',
    '--port 8000          node 1 answers clients at the port after it, and nodes at the port 1000 beyond that',
    '--data DIR           where the data is; else a new folder among the temporary ones',
    '--heartbeat-ms, --election-ms   as of start',
  ],
  async run(args, terminal) {
    const count = args.number('nodes', 5, 1, 9)
    const port = args.number('port', 8000, 1, 60_000)
    const directory = args.text('data') ?? mkdtempSync(join(tmpdir(), 'quorate-kv-'))
    const more = (['heartbeat-ms', 'election-ms'] as const).flatMap((flag) => {
      const value = args.text(flag)
      return value === undefined ? [] : [`--${flag}`, value]
    })
    const processes = Array.from({ length: count }, (_, i) =>
      run(i + 1, [...nodeArguments({ id: i + 1, count, port, directory }), ...more], terminal),
    )
    terminal.out(`${count} nodes, with their data in ${directory}; Ctrl-C stops them`)
    if (port !== 8000) terminal.out(`Other commands find them with --at 127.0.0.1:${port + 1}`)
    const onStop = (): void => {
      for (const { child } of processes) child.kill('SIGTERM')
    }
    if (terminal.stop.aborted) onStop()
    terminal.stop.addEventListener('abort', onStop)
    const codes = await Promise.all(processes.map(({ ended }) => ended))
    return codes.some((code) => code !== 0) ? 1 : (0 satisfies ExitCode)
  },
}

function run(
  id: number,
  args: readonly string[],
  terminal: Terminal,
): { child: ChildProcess; ended: Promise<number | null> } {
  const child = spawn(
    process.execPath,
    [...process.execArgv, process.argv[1] as string, ...args, '--tethered'],
    {
      // Whatever ends this process, the input of the others ends with it, and then they do.
      stdio: ['pipe', 'pipe', 'pipe'],
      // Ctrl-C goes to all processes of a terminal: only this one is to hear of it, and tells the others.
      detached: true,
    },
  )
  relay(child.stdout, terminal.out)
  relay(child.stderr, terminal.error)
  const ended = new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      terminal.error(`node ${id} cannot be started: ${error.message}`)
      resolve(1)
    })
    child.on('exit', (code, signal) => {
      if (code !== 0) terminal.error(`node ${id} ended with ${signal ?? `exit code ${code}`}`)
      resolve(code)
    })
  })
  return { child, ended }
}

function relay(from: Readable, to: (line: string) => void): void {
  createInterface({ input: from }).on('line', to)
}
