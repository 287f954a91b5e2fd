/** The tool at the command line, as a user has it: what it prints, and its exit codes. */

import { expect, test } from 'vitest'
import { ask, bundled, eventually, Process, Processes, run } from './processes.ts'
import { freePorts } from '../support/tcp-network.ts'

test('keys are put, read, replaced and deleted, and each command says what it did', async () => {
  const nodes = await Processes.start(1)
  const kv = (...args: string[]) => run(...args, '--at', nodes.at)
  const put = await kv('put', 'greeting', 'hello')
  expect([put.code, put.output]).toEqual([0, expect.stringMatching(/^created greeting, version \d+\n$/)])
  expect(await kv('get', 'greeting')).toEqual({ code: 0, output: 'hello\n' })
  expect((await kv('put', 'greeting', 'x', '--if-absent')).code).toBe(1)
  expect((await kv('cas', 'greeting', 'hello', 'bye')).code).toBe(0)
  const late = await kv('cas', 'greeting', 'hello', 'again')
  expect([late.code, late.output]).toEqual([
    1,
    expect.stringContaining('Expected another value, but it has version'),
  ])
  expect(await kv('delete', 'greeting')).toEqual({ code: 0, output: 'deleted greeting\n' })
  const gone = await kv('get', 'greeting')
  expect([gone.code, gone.output]).toEqual([1, expect.stringContaining("There is no key 'greeting'")])
})

test('a cluster is looked at, gets another member, another leader and snapshots, also when the first node is down', async () => {
  const nodes = await Processes.start(3, 1)
  const kv = (...args: string[]) => run(...args, '--at', nodes.at)
  nodes.startNode(4, '--join')
  const added = await kv('members', 'add', '4', nodes.raft(4), '--learner')
  expect([added.code, added.output]).toEqual([0, expect.stringMatching(/^4 +learner /m)])
  expect((await kv('members', 'promote', '4')).output).toMatch(/^4 +voter /m)
  await nodes.process(1).kill()
  await nodes.ready(4)
  const moved = await kv('transfer', '4')
  expect([moved.code, moved.output]).toEqual([0, 'node 4 leads\n'])
  const status = await kv('status')
  expect([status.code, status.output]).toEqual([
    0,
    expect.stringContaining('3 of 4 nodes answer; node 4 leads'),
  ])
  expect(status.output).toMatch(/^1 .*no answer$/m)
  const snapshots = await kv('snapshot')
  expect([snapshots.code, snapshots.output]).toEqual([
    1,
    expect.stringMatching(/^node 4: snapshot at index \d+$/m),
  ])
  const removed = await kv('members', 'remove', '1')
  expect([removed.code, removed.output]).toEqual([0, expect.not.stringMatching(/^1 /m)])
})

test.each([
  [['get'], 'Expected KEY, got nothing'],
  [['get', 'a', 'b'], 'Expected KEY, got a b'],
  [['nonsense'], "Unknown command 'nonsense'"],
  [['get', 'a', '--nonsense'], '--nonsense'],
  [['get', 'a', '--at', 'here'], "Expected --at to be an address like 127.0.0.1:9001, got 'here'"],
  [['up', '--nodes', '0'], 'Expected --nodes to be a whole number from 1 to 9'],
  [
    ['start', '--id', '0', '--peers', '1=127.0.0.1:1', '--http', '127.0.0.1:1', '--data', 'x'],
    'Expected --id',
  ],
  [
    ['start', '--id', '2', '--peers', '1=127.0.0.1:1', '--http', '127.0.0.1:1', '--data', 'x'],
    'where node 2 itself',
  ],
  [['members', 'marry', '1'], "got 'marry'"],
  [['chaos', '--minutes', 'few'], "got 'few'"],
])('a wrong command line ends with code 2: %s', async (args, told) => {
  const { code, output } = await run(...args)
  expect([code, output]).toEqual([2, expect.stringContaining(told)])
})

test('nobody who answers is exit code 2, and the way to start a cluster', async () => {
  const [port] = await freePorts(1)
  const { code, output } = await run('get', 'a', '--at', `127.0.0.1:${port}`)
  expect([code, output]).toEqual([2, expect.stringContaining('npm run kv -- up --nodes 5')])
})

test('up runs a cluster that other commands find, and ends all of it when it is interrupted', async () => {
  // Below the range that the system hands out, or a test that runs at the same time could have one of them.
  const port = 20_000 + Math.floor(Math.random() * 10_000)
  const command = new Process(await bundled(), ['up', '--nodes', '3', '--port', `${port}`])
  const at = `127.0.0.1:${port + 2}`
  await eventually(
    async () => (await run('put', 'a', '1', '--at', at)).code === 0,
    () => command.output,
  )
  const bench = await run('bench', '--at', at, '--seconds', '1', '--connections', '8', '--json')
  expect(bench.code).toBe(0)
  const report = JSON.parse(bench.output) as { puts: number; p50: number; p99: number }
  expect(report.puts).toBeGreaterThan(10)
  expect(report.p99).toBeGreaterThanOrEqual(report.p50)
  expect(await command.kill('SIGINT')).toBe(0)
  expect((await run('get', 'a', '--at', at, '--timeout', '1')).code).toBe(2)
})

test('a little chaos finds nothing wrong, and says how much it has tried', async () => {
  const port = 31_000 + Math.floor(Math.random() * 1000)
  const args = [
    'chaos',
    '--minutes',
    '0.08',
    '--nodes',
    '3',
    '--clients',
    '8',
    '--port',
    `${port}`,
    '--seed',
    '1',
  ]
  const { code, output } = await run(...args, '--json')
  const report = JSON.parse(output) as Record<string, unknown>
  expect([code, report['verdict'], report['allEqual'], report['surprises']]).toEqual([
    0,
    'linearizable',
    true,
    [],
  ])
  expect(report['acknowledged']).toBeGreaterThan(50)
  expect(report['totalFaults']).toBeGreaterThan(0)
})

test('if up itself is killed, no node is left behind', async () => {
  const port = 32_100 + Math.floor(Math.random() * 300)
  const command = new Process(await bundled(), ['up', '--nodes', '1', '--port', `${port}`])
  const isUp = async (): Promise<boolean> => (await ask(port + 1, 'GET', '/ready')).status === 200
  await eventually(isUp, () => command.output)
  await command.kill()
  await eventually(() =>
    isUp().then(
      () => false,
      () => true,
    ),
  )
})
