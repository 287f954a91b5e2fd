/** Finds the command that was asked for, runs it, and says what is wrong if there is none. */

import { Arguments, CommandLineError } from './arguments.ts'
import { chaos, proxy } from './commands/chaos.ts'
import { members, snapshot, status, transfer } from './commands/cluster.ts'
import type { Command, ExitCode, Terminal } from './commands/command.ts'
import { cas, get, put, remove } from './commands/keys.ts'
import { bench } from './commands/bench.ts'
import { start } from './commands/start.ts'
import { up } from './commands/up.ts'
import { watch } from './commands/watch.ts'

const commands: Readonly<Record<string, Command>> = {
  up,
  start,
  status,
  watch,
  get,
  put,
  delete: remove,
  cas,
  members,
  transfer,
  snapshot,
  bench,
  chaos,
  proxy,
}

/** @returns the exit code */
export async function runCli([name, ...rest]: readonly string[], terminal: Terminal): Promise<ExitCode> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    for (const line of overviewText()) terminal.out(line)
    return name === undefined ? 2 : 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) {
    terminal.error(`Unknown command '${name}'; there are ${Object.keys(commands).join(', ')}`)
    return 2
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    for (const line of helpText(name, command)) terminal.out(line)
    return 0
  }
  try {
    return await command.run(new Arguments(rest, command.flags, command.names), terminal)
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error
    terminal.error(error.message)
    terminal.error(`See: npm run kv -- ${name} --help`)
    return 2
  }
}

function overviewText(): readonly string[] {
  const width = Math.max(...Object.keys(commands).map((name) => name.length))
  return [
    'Usage: npm run kv -- COMMAND [options]',
    '',
    'A key-value store that several processes keep together with Raft.',
    '',
    ...Object.entries(commands)
      .filter(([, command]) => command !== proxy)
      .map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'COMMAND --help says more. Begin with: npm run kv -- up --nodes 5',
    'Exit code: 0 if done, 1 if not found or refused, 2 if the command line is wrong or nobody answers.',
  ]
}

function helpText(name: string, { names, summary, help }: Command): readonly string[] {
  return [
    `Usage: npm run kv -- ${[name, ...names].join(' ')} [options]`,
    '',
    `  ${summary}`,
    '',
    ...help.map((line) => `  ${line}`),
  ]
}
