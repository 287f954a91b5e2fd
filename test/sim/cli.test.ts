import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundle } from '../mutants/plant.ts'
import { mutants } from '../mutants/table.ts'
import { noTotals, seedsToSeeAll, unseen } from './cli/batch.ts'
import { readSimOptions } from './cli/options.ts'

const program = ['--import', 'tsx', 'test/sim/main.ts']
const run = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [...program, ...args])).stdout

test.each([
  { args: ['--seed', '1.5'], says: "Expected --seed to be a whole number from 0 to 4294967295, got '1.5'" },
  { args: ['--seed', 'abc'], says: "Expected --seed to be a whole number from 0 to 4294967295, got 'abc'" },
  { args: ['--seed', '-1'], says: '--seed' },
  { args: ['--seed', '4294967296'], says: "got '4294967296'" },
  { args: ['--seeds', '0'], says: "Expected --seeds to be a whole number from 1 to 10000000, got '0'" },
  { args: ['--seconds', '1e3'], says: "got '1e3'" },
  { args: ['--workers', ''], says: "got ''" },
  { args: ['--sed', '1'], says: "Unknown option '--sed'; the options are --seeds, --seed" },
  { args: ['7'], says: "Unexpected argument '7'" },
  { args: ['--etcd-trace', 'x'], says: 'Expected --seed S with --etcd-trace' },
  { args: ['--seed', '1', '--seeds', '2', '--etcd-trace', 'x'], says: 'it is the trace of one run' },
])('the command line $args is refused by one line that says what is wrong', ({ args, says }) => {
  const request = readSimOptions(args)
  expect(request.kind).toBe('error')
  expect(request.kind === 'error' ? request.message : '').toContain(says)
  expect(request.kind === 'error' ? request.message : '').not.toContain('\n')
})

test('a seed that is no whole number ends it with exit code 2, and nothing runs', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...program, '--seed', '1.5'], {
    encoding: 'utf8',
  })
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toBe("error: Expected --seed to be a whole number from 0 to 4294967295, got '1.5'\n")
})

test('the sums are the same however many processes share the seeds', async () => {
  const [alone, shared] = await Promise.all(
    ['1', '2'].map(async (workers) => {
      const text = await run('--seeds', '4', '--seconds', '1', '--workers', workers, '--twice', '--json')
      const totals = JSON.parse(text.split('\n', 1)[0] ?? '') as Record<string, unknown>
      delete totals['seconds'] // how long it took
      return totals
    }),
  )
  expect(alone).toMatchObject({ seeds: 4, failures: [] })
  expect(alone).toEqual(shared)
})

test('what was never seen in a batch is named: kinds of faults, and milestones', () => {
  const totals = noTotals()
  expect(unseen(totals)).toContain('fault: drop')
  expect(unseen(totals)).toContain('conflict of three entries or more cut off')

  for (const table of [totals.faults, totals.reached]) for (const name of Object.keys(table)) table[name] = 1
  expect(unseen(totals)).toEqual([])
  expect(seedsToSeeAll).toBe(1000)
})

describe('of a seed that fails', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-failing-'))
  let told = ''

  beforeAll(async () => {
    // given the library with a bug: votes leave before they are durable
    const mutant = mutants.find(({ id }) => id === 'M02') ?? null
    const file = join(folder, 'failing.mjs')
    await bundle(mutant, file, 'test/sim/failing-seed.ts')
    // when a seed fails
    told = (await promisify(execFile)(process.execPath, [file, folder, '2'])).stdout
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  test('one line says what was violated, and one how to see it again', () => {
    expect(told).toMatch(
      /^✗ seed \d+: I8 after \d+\.\d s: node \d sends a MsgVoteResp of term \d+, and \d+ is durable$/m,
    )
    const seed = /seed (\d+)/.exec(told)?.[1]
    expect(told).toContain(`  again: npm run sim -- --seed ${seed} --seconds 2\n`)
  })

  test('it is shrunk, and its last events are there as lines of JSON that end where it failed', () => {
    const path = /its last events: (.+)$/m.exec(told)?.[1] ?? ''
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    const events = lines.map((line) => JSON.parse(line) as { at: number; what: string })
    expect(events.length).toBeGreaterThan(3)
    expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort((a, b) => a - b))
    expect(events.at(-1)).toMatchObject({ what: 'sent', message: { type: 'MsgVoteResp' } })
    expect(told).toMatch(/shrunk by \d+ runs to [1-7] voters, \d clients, \d+ faults, \d+ events/)
  })
})
