/** `start`: one node of the service, until it is asked to end. */

import { readFileSync } from 'node:fs'
import { type LogLine, RaftError } from 'quorate'
import type { TcpTlsOptions } from 'quorate/tcp'
import { address, addresses, type Arguments, CommandLineError, formatAddress, nodeId } from '../arguments.ts'
import { HttpServer } from '../server/http.ts'
import { Service, type ServiceOptions } from '../server/service.ts'
import type { Command, ExitCode, Terminal } from './command.ts'

export const start: Command = {
  names: [],
  flags: {
    id: { type: 'string' },
    peers: { type: 'string' },
    http: { type: 'string' },
    data: { type: 'string' },
    join: { type: 'boolean' },
    cluster: { type: 'string' },
    listen: { type: 'string' },
    dial: { type: 'string' },
    'advertise-http': { type: 'string' },
    'heartbeat-ms': { type: 'string' },
    'election-ms': { type: 'string' },
    'snapshot-entries': { type: 'string' },
    'tls-ca': { type: 'string' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
    insecure: { type: 'boolean' },
    tethered: { type: 'boolean' },
  },
  summary: 'run one node',
  help: [
    '--id 1                          this node; an id is never used again, not even after its disk was wiped',
    '--peers 1=HOST:PORT,2=...       where the nodes reach each other, this one included',
    '--http HOST:PORT                where to answer clients',
    '--data DIR                      where its log and snapshots are',
    '--join                          wait to be added to a cluster that runs, in place of starting a new one',
    '--cluster NAME                  nodes of another cluster are turned down (kv)',
    '--listen HOST:PORT              listen for nodes here, if not at its address among the peers',
    '--dial 2=HOST:PORT,...          reach these peers by another way, such as a proxy',
    '--advertise-http HOST:PORT      where clients reach it, if not at --http',
    '--heartbeat-ms 50               milliseconds between heartbeats',
    '--election-ms 150               milliseconds without a leader until an election; up to twice that',
    '--snapshot-entries 10000        make a snapshot after so many entries',
    '--tls-ca, --tls-cert, --tls-key PEM files for mutual TLS between nodes; needed beyond this machine',
    '--insecure                      or go without it, on a network that nobody else is in',
    '--tethered                      end when the input ends: with the process that started it',
  ],
  async run(args, terminal) {
    const options = optionsFrom(args, terminal)
    const at = address('--http', args.required('http'))
    let service: Service
    try {
      service = await Service.start(options)
    } catch (error) {
      return failed(terminal, options.id, error)
    }
    try {
      const http = await HttpServer.listen(service, at)
      terminal.out(
        `node ${options.id} answers clients at http://${options.http}, its data is in ${options.directory}`,
      )
      return await serve(service, http, terminal, args.has('tethered'))
    } catch (error) {
      await service.stop()
      return failed(terminal, options.id, error)
    }
  },
}

/** Runs until it is asked to stop, or something makes the node stop. */
async function serve(
  service: Service,
  http: HttpServer,
  terminal: Terminal,
  isTethered: boolean,
): Promise<ExitCode> {
  const { stop } = terminal
  const end = new AbortController()
  void service.announce(end.signal)
  const asked = new Promise<'asked'>((resolve) => {
    if (stop.aborted) resolve('asked')
    const ask = (): void => {
      resolve('asked')
    }
    stop.addEventListener('abort', ask)
    if (isTethered) process.stdin.on('end', ask).resume()
  })
  try {
    if ((await Promise.race([asked, service.node.stopped])) === 'asked') {
      end.abort()
      http.beginStop()
      await service.stop()
      terminal.out(`node ${service.node.id} has stopped`)
    }
    return 0
  } catch (error) {
    http.beginStop()
    await service.close().catch(() => {})
    return failed(terminal, service.node.id, error)
  } finally {
    end.abort()
    // Or it would be waited for.
    if (isTethered) process.stdin.destroy()
    await http.endStop()
  }
}

function failed(terminal: Terminal, id: number, error: unknown): ExitCode {
  terminal.error(`node ${id} cannot run: ${explain(error)}`)
  return 1
}

function explain(error: unknown): string {
  if (error instanceof RaftError) return `${error.code}: ${error.message}`
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    return `${message}. Something else answers there: stop it, or pass another --http`
  return message
}

function optionsFrom(args: Arguments, terminal: Terminal): ServiceOptions {
  const id = nodeId('--id', args.required('id'))
  const peers = addresses('--peers', args.required('peers'))
  if (!peers.has(id)) throw new CommandLineError(`Expected --peers to say where node ${id} itself listens`)
  const listen = args.text('listen')
  const dial = args.text('dial')
  const heartbeatMs = args.number('heartbeat-ms', 50, 1, 60_000)
  const electionMs = args.number('election-ms', 150, 1, 600_000)
  if (electionMs < 3 * heartbeatMs)
    throw new CommandLineError('Expected --election-ms to be at least three times --heartbeat-ms')
  return {
    id,
    peers,
    cluster: args.text('cluster') ?? 'kv',
    listen: listen === undefined ? null : address('--listen', listen),
    dial: dial === undefined ? new Map() : addresses('--dial', dial),
    http: formatAddress(address('--advertise-http', args.text('advertise-http') ?? args.required('http'))),
    directory: args.required('data'),
    join: args.has('join'),
    heartbeatMs,
    electionMs,
    snapshotEntries: args.number('snapshot-entries', 10_000, 1, 1_000_000_000),
    tls: tlsFrom(args),
    insecure: args.has('insecure'),
    log: (line) => {
      if (line.level !== 'debug') terminal.error(formatLine(line))
    },
  }
}

const formatLine = ({ level, node, message }: LogLine): string => `[node ${node}] ${level}: ${message}`

function tlsFrom(args: Arguments): TcpTlsOptions | null {
  const [ca, cert, key] = (['tls-ca', 'tls-cert', 'tls-key'] as const).map((name) => args.text(name))
  if (ca === undefined && cert === undefined && key === undefined) return null
  if (ca === undefined || cert === undefined || key === undefined)
    throw new CommandLineError('Expected --tls-ca, --tls-cert and --tls-key together')
  try {
    return { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) }
  } catch (error) {
    throw new CommandLineError(`Expected PEM files: ${(error as Error).message}`, { cause: error })
  }
}
