/** The program without its process: arguments in, lines out, and an exit code. */

import { jsonOutput } from './json.ts'
import { helpText, listText, readOptions } from './options.ts'
import { type Output, runScenario, type Scenario } from './scenario.ts'
import { type Paint, storyOutput, type Write } from './story.ts'
import { verboseOutput } from './verbose.ts'

/** Where the program writes. */
export interface Terminal {
  readonly out: Write
  readonly error: Write
  readonly paint: Paint
}

/** Does what the arguments ask for. Answers the exit code: 0, 1 for a scenario that failed, 2 for wrong arguments. */
export function runCli(
  args: readonly string[],
  scenarios: readonly [Scenario, ...Scenario[]],
  terminal: Terminal,
): 0 | 1 | 2 {
  const request = readOptions(args, scenarios)
  switch (request.kind) {
    case 'error':
      terminal.error(`error: ${request.message}`)
      return 2
    case 'help':
      for (const line of helpText(scenarios)) terminal.out(line)
      return 0
    case 'list':
      for (const line of listText(scenarios)) terminal.out(line)
      return 0
    case 'run': {
      const output = outputOf(request.output, terminal)
      return runScenario(request.scenario, request.nodes, request.seed, output).passed ? 0 : 1
    }
    default:
      return request satisfies never
  }
}

function outputOf(kind: 'story' | 'verbose' | 'json', { out, error, paint }: Terminal): Output {
  if (kind === 'json') return jsonOutput(out, error)
  return kind === 'verbose' ? verboseOutput(out, paint) : storyOutput(out, paint)
}
