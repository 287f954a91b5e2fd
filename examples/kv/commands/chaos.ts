/** `chaos`: a cluster of its own, to which everything happens that can, and the proof that nothing was lost or made up. */

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandLineError } from '../arguments.ts'
import { type ChaosReport, runChaos } from '../chaos/run.ts'
import { runProxy } from '../chaos/proxy.ts'
import type { Command } from './command.ts'

export const chaos: Command = {
  names: [],
  flags: {
    minutes: { type: 'string' },
    nodes: { type: 'string' },
    clients: { type: 'string' },
    port: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean' },
  },
  summary: 'start another cluster, break it in many ways under load, and check what clients saw',
  help: [
    '--minutes 1          for so long; may be a fraction',
    '--nodes 5            how many nodes, from 3 to 9',
    '--clients 32         how many clients at a time',
    '--port 8400          as of up: the ports after it must be free',
    '--seed N             for the choice of faults; when each strikes depends on the machine too',
    '--json               the report as JSON',
    'Exit code 1 if anything was not linearizable, nodes differ in the end, or a node ended by itself.',
  ],
  async run(args, terminal) {
    const minutes = Number(args.text('minutes') ?? '1')
    if (!(minutes > 0 && minutes <= 10_000))
      throw new CommandLineError(`Expected --minutes to be a number > 0, got '${args.text('minutes')}'`)
    const directory = mkdtempSync(join(tmpdir(), 'quorate-chaos-'))
    const seed = args.number('seed', Date.now() % 1_000_000, 0, 2 ** 32 - 1)
    const tell = (line: string): void => {
      if (!args.has('json')) terminal.out(line)
    }
    const nodes = args.number('nodes', 5, 3, 9)
    tell(`${nodes} nodes, seed ${seed}; logs and data are in ${directory}`)
    const report = await runChaos({
      nodes,
      seed,
      directory,
      tell,
      port: args.number('port', 8400, 1, 60_000),
      seconds: minutes * 60,
      clients: args.number('clients', 32, 1, 256),
      stop: terminal.stop,
    })
    if (args.has('json')) terminal.out(JSON.stringify(report))
    else for (const line of formatReport(report)) terminal.out(line)
    const isWell = report.verdict === 'linearizable' && report.allEqual && report.surprises.length === 0
    return isWell ? 0 : 1
  },
}

/** Not in the overview: the process that `chaos` puts between the nodes. */
export const proxy: Command = {
  names: [],
  flags: {},
  summary: 'carry bytes between nodes; commanded by chaos',
  help: [],
  async run(_args, terminal) {
    await runProxy(terminal.out)
    return 0
  },
}

function formatReport(report: ChaosReport): readonly string[] {
  const { verdict, operations, keys, unknownKeys } = report
  const judged = {
    linearizable: `linearizable: ${operations} operations on ${keys} keys, and not one that could not have been so`,
    violated: `NOT LINEARIZABLE: ${report.violations.join(', ')}`,
    unknown: `not decided: for ${unknownKeys} of ${keys} keys the search was given up`,
  }[verdict]
  const faults = Object.entries(report.faults).map(
    ([name, count]) => `  ${String(count).padStart(5)}  ${name}`,
  )
  return [
    '',
    `${report.totalFaults} faults in ${report.seconds} s`,
    ...faults,
    `${report.acknowledged} operations done, ${report.acknowledgedPerSecond} per second; ${report.refused} refused, ${report.unknown} without an answer`,
    judged,
    report.allEqual
      ? 'all nodes hold the same in the end'
      : 'THE NODES DIFFER in the end, or one does not answer',
    ...report.surprises.map((line) => `UNEXPECTED: ${line}`),
    ...(report.history === null ? [] : [`history: ${report.history}`]),
  ]
}
