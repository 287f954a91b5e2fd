/** The five guarantees, looked for in random runs: messages lost, repeated and out of order, crashes and partitions. */

import { beforeAll, describe, expect, test } from 'vitest'

import { type Entry, seededRandom } from 'quorate'
import { PaperCluster } from '../support/paper-cluster.ts'
import { commands } from '../support/paper-server.ts'

const ids = [1, 2, 3, 4, 5]
const words = (entries: readonly Entry[]) => entries.map((e) => `${e.term}:${commands([e]).join()}`)

/** What has been seen of one cluster, and what was wrong with it. */
class Witness {
  readonly leaders = new Map<number, number>()
  readonly committed: string[] = []
  readonly wrong = { election: 0, appendOnly: 0, matching: 0, completeness: 0, stateMachine: 0 }
  readonly #leaderLogs = new Map<number, readonly string[]>()

  look(c: PaperCluster, up: readonly number[]): void {
    for (const id of up) this.#lookAt(c, id)
    for (const a of ids) for (const b of ids) if (a < b) this.#compare(c, a, b)
  }

  #lookAt(c: PaperCluster, id: number): void {
    const { role, term, commit } = c.status(id)
    const log = words(c.entries(id))
    if (role === 'leader') {
      if ((this.leaders.get(term) ?? id) !== id) this.wrong.election++
      this.leaders.set(term, id)
      const before = this.#leaderLogs.get(term) ?? []
      if (before.some((word, i) => log[i] !== word)) this.wrong.appendOnly++
      this.#leaderLogs.set(term, log)
    }
    for (let i = 0; i < Math.min(commit - 1, log.length); i++) {
      this.committed[i] ??= log[i] ?? ''
      if (this.committed[i] !== log[i]) this.wrong[role === 'leader' ? 'completeness' : 'stateMachine']++
    }
    const isNewest = role === 'leader' && term === Math.max(...this.leaders.keys())
    if (isNewest && this.committed.some((word, i) => log[i] !== word)) this.wrong.completeness++
  }

  #compare(c: PaperCluster, a: number, b: number): void {
    const [one, other] = [words(c.entries(a)), words(c.entries(b))]
    const sameTerm = one.findLastIndex((word, i) => word.split(':')[0] === other[i]?.split(':')[0])
    if (one.slice(0, sameTerm + 1).some((word, i) => word !== other[i])) this.wrong.matching++
    const [applied, more] = [c.applied(a), c.applied(b)].sort((x, y) => x.length - y.length)
    if (applied?.some((command, i) => more?.[i] !== command)) this.wrong.stateMachine++
  }
}

/** One random run: 500 things happen, then all is repaired and 60 ticks pass. */
function run(seed: number): Witness {
  const random = seededRandom(seed)
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
  const c = new PaperCluster({
    nodes: 5,
    electionTick: 4,
    preVote: seed % 2 === 0,
    checkQuorum: seed % 3 === 0,
    asyncStorageWrites: seed % 4 === 0,
    only: (id) => ({ random: seededRandom(seed * 100 + id) }),
  })
  const witness = new Witness()
  const up = new Set(ids)
  const step = (i: number) => {
    const id = pick([...up])
    const dice = random()
    if (dice < 0.15) c.tick(id, 2)
    else if (dice < 0.3) c.propose(id, `${seed}.${i}`)
    else if (dice < 0.31 && up.size > 2) {
      c.crash(id, pick(['idle', 'before-write', 'after-write'] as const))
      up.delete(id)
    } else if (dice < 0.34 && up.size < 5) {
      const down = pick(ids.filter((other) => !up.has(other)))
      c.restart(down)
      up.add(down)
    } else if (dice < 0.35) c.partition(ids.slice(0, 2), ids.slice(2))
    else if (dice < 0.38) c.heal()
    else {
      // Some messages arrive, not in the order they were sent, and now and then they come twice.
      const due = new Set(c.wire.filter(() => random() < 0.4))
      if (random() < 0.1) c.wire.push(...due)
      c.deliver((m) => due.has(m))
    }
    for (const other of up) c.pump(other)
  }
  for (let i = 0; i < 500; i++) {
    step(i)
    witness.look(c, [...up])
  }
  c.heal()
  for (const id of ids) if (!up.has(id)) c.restart(id)
  for (let i = 0; i < 60; i++) {
    for (const id of ids) c.tick(id)
    c.stabilize()
    witness.look(c, ids)
  }
  return witness
}

describe('in 16 random runs', () => {
  let runs: Witness[] = []
  beforeAll(() => {
    runs = Array.from({ length: 16 }, (_, i) => run(i + 1))
  })
  const total = (of: keyof Witness['wrong']) => runs.reduce((sum, { wrong }) => sum + wrong[of], 0)

  test('Election Safety: at most one leader is elected in a term (figure 3)', () => {
    expect(runs.reduce((sum, { leaders }) => sum + leaders.size, 0)).toBeGreaterThan(32)
    expect(total('election')).toBe(0)
  })

  test('Leader Append-Only: a leader never overwrites or deletes entries of its log (figure 3)', () => {
    expect(total('appendOnly')).toBe(0)
  })

  test('Log Matching: two logs with an entry of the same index and term are the same up to there (figure 3)', () => {
    expect(total('matching')).toBe(0)
  })

  test('Leader Completeness: what is committed in one term is in the logs of the leaders of all later terms (figure 3)', () => {
    expect(total('completeness')).toBe(0)
  })

  test('State Machine Safety: no two servers apply different commands at the same place (figure 3)', () => {
    expect(total('stateMachine')).toBe(0)
  })

  test('and each of them commits commands, in spite of all (§5.6)', () => {
    for (const { committed } of runs)
      expect(committed.filter((word) => !word.endsWith(':')).length).toBeGreaterThan(3)
  })
})
