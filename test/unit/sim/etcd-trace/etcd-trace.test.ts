import { describe, expect, test } from 'vitest'
import { EtcdTrace } from '../../../../src/sim/etcd-trace/etcd-trace.ts'
import { drawSetup } from '../../../../src/sim/setup.ts'
import { Simulation } from '../../../../src/sim/simulation.ts'
import type { Watcher } from '../../../../src/sim/world.ts'

const seeds = [1, 2, 3, 4, 5, 6]
const names: ReadonlySet<unknown> = new Set([
  'InitState',
  'BecomeCandidate',
  'BecomeFollower',
  'BecomeLeader',
  'Commit',
  'Replicate',
  'ChangeConf',
  'ApplyConfChange',
  'Ready',
  'SendAppendEntriesRequest',
  'ReceiveAppendEntriesRequest',
  'SendAppendEntriesResponse',
  'ReceiveAppendEntriesResponse',
  'SendRequestVoteRequest',
  'ReceiveRequestVoteRequest',
  'SendRequestVoteResponse',
  'ReceiveRequestVoteResponse',
])

type Fields = Readonly<Record<string, unknown>>
const isId = (value: unknown): boolean => typeof value === 'string' && /^\d+$/.test(value)
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const areIds = (value: unknown): boolean => Array.isArray(value) && value.every(isId)

function traceOf(seed: number, ms: number): readonly string[] {
  const lines: string[] = []
  const sim = new Simulation({ ...drawSetup(seed), voters: 3 })
  const trace = new EtcdTrace(sim.agenda, sim.watcher, (line) => {
    lines.push(line)
  })
  const chained = sim as { watcher: Watcher }
  chained.watcher = trace
  sim.start()
  sim.run(ms)
  trace.end()
  return lines
}

function eventsOf(lines: readonly string[]): readonly Fields[] {
  return lines.map((line) => (JSON.parse(line) as { event: Fields }).event)
}

/** What is wrong with the shape of an event; null if nothing is. */
function flaw(event: Fields): string | null {
  const { name, nid, state, role, log, conf, msg, prop, ...rest } = event
  const { term, vote, commit } = state as Fields
  if (Object.keys(rest).length > 0) return `more fields: ${Object.keys(rest).join(' ')}`
  if (!names.has(name)) return 'name'
  if (!isId(nid) || !isId(vote) || !isCount(term) || !isCount(commit) || !isCount(log)) return 'state'
  if (!['StateFollower', 'StateCandidate', 'StateLeader'].includes(role as string)) return 'role'
  if (!Array.isArray(conf) || conf.length !== 2 || !conf.every(areIds)) return 'conf'
  if ((msg !== undefined) !== /^(Send|Receive)/.test(name as string)) return 'msg where none is, or none'
  if ((prop !== undefined) !== (name === 'ChangeConf' || name === 'ApplyConfChange')) return 'prop'
  return msg === undefined ? null : messageFlaw(msg as Fields)
}

function messageFlaw(msg: Fields): string | null {
  const counts = ['term', 'entries', 'logTerm', 'index', 'commit', 'rejectHint']
  const wrong = counts.find((field) => !isCount(msg[field]))
  if (wrong !== undefined) return wrong
  if (!['from', 'to', 'vote'].every((field) => isId(msg[field]))) return 'ids'
  const fields = ['type', 'from', 'to', 'vote', 'reject', ...counts].sort()
  return Object.keys(msg).sort().join() === fields.join() && typeof msg['reject'] === 'boolean'
    ? null
    : 'fields'
}

describe('a trace for the published specification', () => {
  test.each(seeds)('has the shape of the reference in every line (seed %i)', (seed) => {
    const flaws = eventsOf(traceOf(seed, 4_000)).map((event) => [flaw(event), event])
    expect(flaws.filter(([what]) => what !== null)).toEqual([])
  })

  test('the same seed gives the same bytes', () => {
    expect(traceOf(3, 3_000)).toEqual(traceOf(3, 3_000))
    expect(traceOf(3, 3_000)).not.toEqual(traceOf(4, 3_000))
  })

  test('its lines keep their order when they are sorted as text by the number behind the second colon', () => {
    const lines = traceOf(2, 3_000)
    const keys = lines.map((line) => line.split(':')[2] ?? '')
    expect(keys.toSorted()).toEqual(keys)
    expect(new Set(keys).size).toBe(keys.length)
    expect(lines.every((line) => line.includes('"tag":"trace"'))).toBe(true)
  })

  test('begins with the state of every node, and its group', () => {
    const [first] = eventsOf(traceOf(1, 1_000))
    expect(first).toMatchObject({
      name: 'InitState',
      nid: '1',
      state: { term: 0, vote: '0', commit: 1 },
      log: 1,
      conf: [['1', '2', '3'], []],
    })
  })

  test('nothing is received that was not sent, and no Ready is missing in between', () => {
    for (const seed of seeds) {
      const inTheAir = new Set<string>()
      const waiting = new Map<string, string[]>()
      for (const { name, nid, msg } of eventsOf(traceOf(seed, 3_000)) as readonly {
        name: string
        nid: string
        msg?: { from: string }
      }[]) {
        if (name === 'Ready') for (const one of waiting.get(nid)?.splice(0) ?? []) inTheAir.add(one)
        else if (name.startsWith('Send')) waiting.set(nid, [...(waiting.get(nid) ?? []), JSON.stringify(msg)])
        else if (name.startsWith('Receive')) expect(inTheAir, `seed ${seed}`).toContain(JSON.stringify(msg))
      }
    }
  })
})
