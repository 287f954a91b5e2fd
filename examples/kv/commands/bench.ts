/** `bench`: how fast is it? */

import { formatReport, runLoad } from '../bench/load.ts'
import { clusterFlags, nodesFrom, unanswered } from './ask.ts'
import { lookAround } from './cluster.ts'
import type { Command } from './command.ts'

export const bench: Command = {
  names: [],
  flags: {
    ...clusterFlags,
    connections: { type: 'string' },
    seconds: { type: 'string' },
    bytes: { type: 'string' },
    keys: { type: 'string' },
    leader: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  summary: 'put values as fast as they are taken, and print rate and latencies',
  help: [
    '--connections 64     so many at a time, each waiting for its answer, over all nodes in turn',
    '--seconds 10         for so long',
    '--bytes 100          of a value',
    '--keys 1000          different keys',
    '--leader             only ask the leader',
    '--json               as JSON',
    '--at HOST:PORT,...   nodes to ask',
  ],
  async run(args, terminal) {
    const options = {
      connections: args.number('connections', 64, 1, 4096),
      seconds: args.number('seconds', 10, 1, 86_400),
      valueBytes: args.number('bytes', 100, 0, 1024 * 1024),
      keys: args.number('keys', 1000, 1, 10_000_000),
      stop: terminal.stop,
    }
    try {
      const seen = await lookAround(nodesFrom(args), 2000)
      const up = seen.filter(({ status }) => status !== null)
      const leader = up.filter(({ status }) => status?.role === 'leader')
      const nodes = (args.has('leader') ? leader : up).map(({ address }) => address)
      if (nodes.length === 0) {
        terminal.error('Nobody leads: try again in a moment')
        return 1
      }
      const report = await runLoad({ ...options, nodes })
      if (args.has('json')) terminal.out(JSON.stringify(report))
      else for (const line of formatReport(report, nodes)) terminal.out(line)
      return report.puts > 0 ? 0 : 1
    } catch (error) {
      return unanswered(terminal, error)
    }
  },
}
