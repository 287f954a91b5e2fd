#!/usr/bin/env node
/** `quorate-wal inspect DIR [--records]`: prints a log and its damage. Exits with 0 if it is intact, 1 if not, 2 if it cannot look. */

import { parseArgs } from 'node:util'
import { describeCause } from '../../core/errors.ts'
import { runSteps } from './file-system.ts'
import { inspect } from './inspect.ts'
import { nodeFileSystem } from './node-file-system.ts'

const usage = `Usage: quorate-wal inspect DIR [--records]

Prints the log of a node and whatever is damaged in it, and changes nothing. --records prints each record.
Exits with 0 if the log is intact, with 1 if it is damaged, with 2 if it cannot be looked at.
`

function main(): number {
  const options = {
    records: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help === true) {
    process.stdout.write(usage)
    return 0
  }
  const [command, directory, ...rest] = positionals
  if (command !== 'inspect' || directory === undefined || rest.length > 0)
    throw new Error('Expected the command inspect and one directory')
  const { lines, isIntact } = runSteps(nodeFileSystem, inspect(directory, values.records))
  process.stdout.write(`${lines.join('\n')}\n`)
  return isIntact ? 0 : 1
}

try {
  process.exitCode = main()
} catch (error) {
  process.stderr.write(`${describeCause(error)}\n\n${usage}`)
  process.exitCode = 2
}
