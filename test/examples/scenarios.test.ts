/** The scenarios from outside: what they print, that they always print the same, and how they end. */

import { expect, test } from 'vitest'

import { runCli } from '../../examples/scenarios/cli.ts'
import { runScenario, type Scenario } from '../../examples/scenarios/scenario.ts'
import { scenarios } from '../../examples/scenarios/scenarios/catalogue.ts'
import { storyOutput } from '../../examples/scenarios/story.ts'
import { runExample } from './child.ts'

const main = 'examples/scenarios/main.ts'

/** Runs the program in this process. */
function run(args: readonly string[], catalogue: readonly [Scenario, ...Scenario[]] = scenarios) {
  const out: string[] = []
  const error: string[] = []
  const code = runCli(args, catalogue, {
    out: (line) => void out.push(line),
    error: (line) => void error.push(line),
    paint: (_style, text) => text,
  })
  return { code, out, error }
}

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

interface Line {
  readonly type: string
  readonly [field: string]: unknown
}

/** The JSON lines of a run. */
const stream = (...args: readonly string[]): readonly Line[] =>
  run([...args, '--json']).out.map((line) => JSON.parse(line) as Line)

test.concurrent.for(scenarios.map(({ name }) => name))(
  '%s prints the same in every process',
  async (name) => {
    const args = [name, '--seed', '7']
    const first = await runExample(main, ...args)
    const second = await runExample(main, ...args)
    const { code, out } = run(args)
    expect(second).toEqual(first)
    expect(first).toEqual({ code: 0, out: text(out), error: '' })
    expect(code).toBe(0)
    expect(out.at(-1)).toMatch(new RegExp(`^✔ ${name}: passed, \\d+ checks in \\d+ ticks$`))
  },
)

test.concurrent('the other outputs are the same in every process, too', async () => {
  for (const flag of ['--json', '--verbose']) {
    const args = ['drop-leader', flag, '--nodes', '5', '--seed', '7']
    const first = await runExample(main, ...args)
    const second = await runExample(main, ...args)
    expect(second).toEqual(first)
    expect(first.code).toBe(0)
  }
})

test('another seed is another run', () => {
  expect(run(['basic', '--seed', '1']).out).not.toEqual(run(['basic', '--seed', '2']).out)
})

// The seeds up to 200 were swept while these were written; these few keep an eye on it.
test.each(scenarios)('$name passes with every number of nodes', (scenario) => {
  for (const nodes of scenario.nodes.allowed) {
    for (let seed = 0; seed < 4; seed++) {
      const lines: string[] = []
      const output = storyOutput(
        (line) => void lines.push(line),
        (_style, words) => words,
      )
      expect(runScenario(scenario, nodes, seed, output)).toMatchObject({
        passed: true,
        failure: null,
        nodes,
        seed,
      })
      expect(lines.length).toBeLessThanOrEqual(36)
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
    }
  }
})

test('basic is what is shown if nothing is asked for', () => {
  const { out, code } = run([])
  expect(code).toBe(0)
  expect(out[0]).toBe('basic: a leader is elected, and one write reaches every node')
  expect(out).toEqual(run(['basic']).out)
  expect(out.filter((line) => line.endsWith('greeting=hello'))).toHaveLength(3)
})

test('the JSON stream has every kind of event, and no other', () => {
  const lines = stream('drop-leader')
  const kinds = [
    'stateChange',
    'messageSent',
    'messageReceived',
    'voteGranted',
    'logAppended',
    'logCommitted',
    'electionStarted',
    'leaderElected',
  ]
  expect(new Set(lines.map(({ type }) => type))).toEqual(new Set(kinds))
  for (const event of lines)
    expect([event['tick'], event['node'], event['term']].map((field) => typeof field)).toEqual([
      'number',
      'number',
      'number',
    ])
})

test('every message that is received was sent, and is received once; of those that are lost nothing more is heard', () => {
  const lines = stream('partition', '--seed', '7')
  const ids = (type: string): unknown[] => lines.filter((line) => line.type === type).map(({ id }) => id)
  const ended = ids('messageReceived')
  expect(new Set(ended).size).toBe(ended.length)
  expect(ids('messageSent')).toEqual(expect.arrayContaining(ended))
  expect(ids('messageSent').length).toBeGreaterThan(ended.length)
})

test('a node commits index after index, or all up to one by a snapshot', () => {
  const lines = stream('snapshot-catch-up', '--seed', '7')
  const commits = new Map<unknown, number>()
  for (const { type, node, index, by } of lines) {
    if (type !== 'logCommitted') continue
    if (by === 'entries') expect(index).toBe((commits.get(node) ?? 1) + 1)
    commits.set(node, index as number)
  }
  expect(lines.filter(({ type, by }) => type === 'logCommitted' && by === 'snapshot')).toHaveLength(1)
})

test('the verbose log has one form', () => {
  const { out } = run(['split-vote', '--verbose'])
  const log = out.filter((line) => line.startsWith('['))
  for (const line of log)
    expect(line).toMatch(/^\[node \d\]\[term \d+\]\[(follower|pre-candidate|candidate|leader)\] \S.*$/)
  expect(log).toContainEqual(
    expect.stringMatching(/^\[node \d\]\[term 2\]\[follower\] election timeout, becoming candidate$/),
  )
  expect(log).toContainEqual(expect.stringMatching(/^\[node \d\]\[term 1\]\[candidate\] lost the election$/))
  expect(log).toContainEqual(
    expect.stringMatching(/\]\[candidate\] elected leader of term \d+, becoming leader$/),
  )
  expect(log).toContainEqual(expect.stringMatching(/\]\[follower\] granted vote for node \d in term \d+$/))
  expect(log).toContainEqual(expect.stringMatching(/\]\[leader\] committed index 3$/))
  expect(out.filter((line) => !line.startsWith('['))).toEqual(run(['split-vote']).out)
})

test('--help and --list name every scenario', () => {
  for (const flag of ['--help', '--list']) {
    const { code, out } = run([flag])
    expect(code).toBe(0)
    for (const { name, summary } of scenarios)
      expect(out).toContainEqual(expect.stringMatching(`${name} +${summary}`))
  }
})

test.each([
  [['nope'], "error: Unknown scenario 'nope'; there are basic, lagging-follower, "],
  [['basic', 'partition'], 'error: Expected one scenario, got basic partition'],
  [
    ['--colour'],
    "error: Unknown option '--colour'; the options are --nodes, --seed, --verbose, --json, --list, --help",
  ],
  [['--nodes'], "error: Option '--nodes <value>' argument missing; the options are "],
  [['--nodes', 'many'], "error: Expected --nodes to be a whole number, got 'many'"],
  [['--nodes', '10'], 'error: Expected --nodes of basic to be one of 1, 2, 3, 4, 5, 6, 7, 8, 9 ('],
  [['partition', '--nodes', '2'], 'error: Expected --nodes of partition to be one of 3, 4, '],
  [['split-vote', '--nodes', '5'], 'error: Expected --nodes of split-vote to be one of 4, 6, 8 ('],
  [['membership', '--nodes', '3'], 'error: Expected --nodes of membership to be 1 ('],
  [['--seed', '-1'], "error: Expected --seed to be a whole number from 0 to 4294967295, got '-1'"],
  [['--seed', '1.5'], "error: Expected --seed to be a whole number from 0 to 4294967295, got '1.5'"],
  [
    ['--seed', '4294967296'],
    "error: Expected --seed to be a whole number from 0 to 4294967295, got '4294967296'",
  ],
  [['--verbose', '--json'], 'error: Expected --verbose or --json, got both'],
])('%j is refused in one line', (args, message) => {
  const { code, out, error } = run(args)
  expect(code).toBe(2)
  expect(out).toEqual([])
  expect(error).toHaveLength(1)
  expect(error[0]?.slice(0, message.length)).toBe(message)
})

test.concurrent('a wrong option ends the process with 2', async () => {
  const ended = await runExample(main, 'nope')
  expect(ended).toMatchObject({ code: 2, out: '' })
  expect(ended.error).toMatch(/^error: Unknown scenario 'nope'; there are basic, .*\n$/)
})

const nodes = { usual: 1, allowed: [1], why: 'it is a test' }

test('a scenario whose expectation is not met is told in the verdict, and ends with 1', () => {
  const failing: Scenario = {
    name: 'failing',
    summary: 'expects what is not so',
    nodes,
    run(stage) {
      stage.elect()
      stage.check('the sky is green', false)
    },
  }
  const { code, out } = run([], [failing])
  expect(code).toBe(1)
  expect(out.at(-1)).toMatch(/^✘ failing: failed at tick \d+, this does not hold: the sky is green$/)
  const json = run(['--json'], [failing])
  expect([json.code, json.error.at(-1)]).toEqual([1, out.at(-1)])
})

test('an error of the library is a verdict, any other is thrown', () => {
  const misused: Scenario = {
    name: 'misused',
    summary: 'calls the library as it must not be called',
    nodes,
    run: ({ cluster }) => cluster.node(1).reportSnapshot(0, 'finish'),
  }
  const { code, out } = run([], [misused])
  expect(code).toBe(1)
  expect(out.at(-1)).toMatch(/this does not hold: Expected `id` to be a safe integer/)
  const broken: Scenario = {
    name: 'broken',
    summary: 'has a mistake of its own',
    nodes,
    run() {
      throw new TypeError('a mistake')
    },
  }
  expect(() => run([], [broken])).toThrow(TypeError)
})

test('a wait has an end', () => {
  const waiting: Scenario = {
    name: 'waiting',
    summary: 'waits for what never comes',
    nodes,
    run: ({ cluster }) => cluster.waitUntil('it comes', () => false),
  }
  expect(run([], [waiting]).out.at(-1)).toMatch(/this does not hold: it comes \(waited for 2000 ticks\)$/)
})
