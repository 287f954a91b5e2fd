/**
 * `npm run differential`: random scripts, replayed by the reference and by our runner.
 * Exits with 0 if both agree, 1 if they do not, 2 if there is nothing to compare with.
 */

import { helpText, readOptions } from './options.ts'
import { buildReference, NoReference, Reference } from './reference.ts'
import { runMany, runOne } from './run.ts'

const signals = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const

const print = (line: string): void => void process.stdout.write(`${line}\n`)

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  const request = readOptions(args)
  if (request.kind === 'help') {
    for (const line of helpText) print(line)
    return 0
  }
  if (request.kind === 'error') return fail(request.message)
  let leave = (): void => {}
  // Nothing is left behind by who stops it early. A build that is under way comes to its end first.
  for (const [signal, code] of signals)
    process.once(signal, () => {
      leave()
      process.exit(code)
    })
  const program = build()
  if (program instanceof NoReference) return fail(program.message)
  const reference = Reference.of(program)
  leave = (): void => {
    reference.close()
    program.remove()
  }
  try {
    const agree =
      request.kind === 'one'
        ? await runOne(reference, request.scriptSeed, print)
        : await runMany(reference, request, print)
    return agree ? 0 : 1
  } catch (error) {
    return fail(error instanceof Error ? (error.stack ?? error.message) : String(error))
  } finally {
    leave()
  }
}

function build(): ReturnType<typeof buildReference> | NoReference {
  try {
    return buildReference()
  } catch (error) {
    if (error instanceof NoReference) return error
    throw error
  }
}

function fail(message: string): 2 {
  process.stderr.write(`error: ${message}\n`)
  return 2
}
