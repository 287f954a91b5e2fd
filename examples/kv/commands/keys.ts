/** `get`, `put`, `delete` and `cas`. */

import { readFileSync } from 'node:fs'
import { type Arguments, CommandLineError, nodeId } from '../arguments.ts'
import { keyPath } from '../client/client.ts'
import { ask, clusterFlags, clusterHelp, jsonIn } from './ask.ts'
import type { Command } from './command.ts'

/** The argument at this place. */
const argument = (args: Arguments, at: number): string => args.positionals[at] ?? ''

/** `-` is what comes in through a pipe. */
function valueFrom(text: string): Uint8Array {
  return text === '-' ? readFileSync(0) : Buffer.from(text)
}

export const get: Command = {
  names: ['KEY'],
  flags: { ...clusterFlags, consistency: { type: 'string' }, json: { type: 'boolean' } },
  summary: 'print the value of a key',
  help: [
    '--consistency linearizable|lease|local   how sure to be that it is the newest (linearizable)',
    '--json                                   with its version, as JSON',
    ...clusterHelp,
  ],
  run(args, terminal) {
    const key = argument(args, 0)
    const consistency = args.text('consistency')
    const query = consistency === undefined ? '' : `consistency=${encodeURIComponent(consistency)}`
    return ask(args, terminal, { method: 'GET', path: keyPath(key, query) }, ({ body, headers }) => {
      const value = body.toString('utf8')
      const version = Number(String(headers['etag']).replaceAll('"', ''))
      terminal.out(args.has('json') ? JSON.stringify({ key, value, version }) : value)
    })
  },
}

export const put: Command = {
  names: ['KEY', 'VALUE'],
  flags: { ...clusterFlags, 'if-absent': { type: 'boolean' }, 'if-version': { type: 'string' } },
  summary: 'store a value under a key; - reads it from the input',
  help: [
    '--if-absent          only if the key is not there yet',
    '--if-version N       only if that is the version it has',
    ...clusterHelp,
  ],
  run(args, terminal) {
    const [key, body] = [argument(args, 0), valueFrom(argument(args, 1))]
    const headers = conditionFrom(args)
    return ask(args, terminal, { method: 'PUT', path: keyPath(key), headers, body }, (answer) => {
      const { version } = jsonIn(answer.body)
      terminal.out(`${answer.status === 201 ? 'created' : 'replaced'} ${key}, version ${Number(version)}`)
    })
  },
}

export const remove: Command = {
  names: ['KEY'],
  flags: { ...clusterFlags, 'if-version': { type: 'string' } },
  summary: 'delete a key',
  help: ['--if-version N       only if that is the version it has', ...clusterHelp],
  run(args, terminal) {
    const key = argument(args, 0)
    const headers = conditionFrom(args)
    return ask(args, terminal, { method: 'DELETE', path: keyPath(key), headers }, () => {
      terminal.out(`deleted ${key}`)
    })
  },
}

export const cas: Command = {
  names: ['KEY', 'EXPECTED', 'VALUE'],
  flags: clusterFlags,
  summary: 'replace a value, if it is the expected one',
  help: clusterHelp,
  run(args, terminal) {
    const [key, expected, value] = [0, 1, 2].map((at) => argument(args, at)) as [string, string, string]
    const headers = { 'if-value': Buffer.from(expected).toString('base64') }
    return ask(
      args,
      terminal,
      { method: 'PUT', path: keyPath(key), headers, body: valueFrom(value) },
      (answer) => {
        terminal.out(`replaced ${key}, version ${Number(jsonIn(answer.body)['version'])}`)
      },
    )
  },
}

function conditionFrom(args: Arguments): Record<string, string> {
  const version = args.text('if-version')
  if (version !== undefined && args.has('if-absent'))
    throw new CommandLineError('Expected --if-absent or --if-version, got both')
  if (version !== undefined) return { 'if-match': `"${nodeId('--if-version', version)}"` }
  return args.has('if-absent') ? { 'if-none-match': '*' } : {}
}
