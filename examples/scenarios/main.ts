/** `npm run demo`: the process around cli.ts. */

import { styleText } from 'node:util'

import { runCli } from './cli.ts'
import { scenarios } from './scenarios/catalogue.ts'

const { stdout, stderr } = process

// Whoever reads may stop before the end, as `head` does. That is no failure of ours, and nothing more is to be said.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

process.exitCode = runCli(process.argv.slice(2), scenarios, {
  out: (line) => stdout.write(`${line}\n`),
  error: (line) => stderr.write(`${line}\n`),
  // Where nobody looks, colours are rubbish between the words; for who does look, NO_COLOR still counts.
  paint: (style, text) =>
    stdout.isTTY ? styleText(style, text, { stream: stdout, validateStream: true }) : text,
})
