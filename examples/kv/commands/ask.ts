/** What all commands share that ask a running cluster. */

import { address, type Address, type Arguments } from '../arguments.ts'
import {
  type Answered,
  type Asked,
  ClusterClient,
  NoAnswerError,
  UnreachableError,
} from '../client/client.ts'
import type { ExitCode, Terminal } from './command.ts'

/** The flags of such a command, and what they mean. */
export const clusterFlags = { at: { type: 'string' }, timeout: { type: 'string' } } as const
export const clusterHelp: readonly string[] = [
  '--at HOST:PORT,...   nodes to ask, as they answer clients; else $QUORATE_KV, else 127.0.0.1:8001 to 8005',
  '--timeout 10         seconds to wait',
]

/** Where the nodes are. */
export function nodesFrom(args: Arguments): readonly Address[] {
  const text = args.text('at') ?? process.env['QUORATE_KV']
  if (text === undefined || text === '')
    return [1, 2, 3, 4, 5].map((id) => ({ host: '127.0.0.1', port: 8000 + id }))
  return text.split(',').map((part) => address('--at', part.trim()))
}

function clientFrom(args: Arguments): ClusterClient {
  return new ClusterClient(nodesFrom(args), 1000 * args.number('timeout', 10, 1, 3600))
}

/** Asks, and hands a success on; else says what is wrong, and answers with the exit code for it. */
export async function ask(
  args: Arguments,
  terminal: Terminal,
  asked: Asked,
  onSuccess: (answer: Answered) => void,
  timeoutMs?: number,
): Promise<ExitCode> {
  const client = clientFrom(args)
  try {
    const answer = await client.ask(asked, timeoutMs)
    if (answer.status >= 400) return refused(terminal, answer)
    onSuccess(answer)
    return 0
  } catch (error) {
    return unanswered(terminal, error)
  } finally {
    client.close()
  }
}

/** A node has said no. */
function refused(terminal: Terminal, { status, body }: Answered): ExitCode {
  const { error, fix } = jsonIn(body)
  terminal.error(typeof error === 'string' ? error : `The node answers with status ${status}`)
  if (typeof fix === 'string') terminal.error(fix)
  return 1
}

/** Nobody has said anything. */
export function unanswered(terminal: Terminal, error: unknown): ExitCode {
  if (error instanceof UnreachableError) {
    terminal.error(error.message)
    terminal.error('Is a cluster running? Start one with: npm run kv -- up --nodes 5')
    return 2
  }
  if (!(error instanceof NoAnswerError)) throw error
  terminal.error(error.message)
  terminal.error('It may have been done all the same: look before you repeat it')
  return 2
}

/** The fields of a JSON object; none if it is no such thing. */
export function jsonIn(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
