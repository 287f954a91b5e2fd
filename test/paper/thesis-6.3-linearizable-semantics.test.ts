/**
 * The core commits what it is given, as often as it is given it. That each command takes effect once is up to a state machine
 * that keeps a session for each client; here is one, and what it needs of the core: the same commands in the same order.
 */

import { describe, expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'

const servers = [1, 2, 3]

/** A counter. A command is "register", or "client serial amount" with the serials below which nothing is asked again. */
class Counter {
  value = 0
  /** By client, the least recently used first: for each serial number what was answered. */
  readonly sessions = new Map<number, Map<number, string>>()
  readonly answers: string[] = []
  readonly #limit: number
  #clients = 0

  constructor(commands: readonly string[], limit = Infinity) {
    this.#limit = limit
    for (const command of commands) this.answers.push(this.#apply(command))
  }

  #apply(command: string): string {
    if (command === 'register') return this.#register()
    const [client = 0, serial = 0, amount = 0, answered = 0] = command.split(' ').map(Number)
    const session = this.sessions.get(client)
    if (session === undefined) return 'session expired'
    this.sessions.delete(client)
    this.sessions.set(client, session)
    for (const old of session.keys()) if (old < answered) session.delete(old)
    const known = session.get(serial)
    if (known !== undefined) return known
    this.value += amount
    session.set(serial, `now ${this.value}`)
    return `now ${this.value}`
  }

  #register(): string {
    const id = ++this.#clients
    this.sessions.set(id, new Map())
    for (const eldest of this.sessions.keys())
      if (this.sessions.size > this.#limit) this.sessions.delete(eldest)
    return `client ${id}`
  }
}

const machines = (c: PaperCluster, limit?: number) => servers.map((id) => new Counter(c.applied(id), limit))

function led(): PaperCluster {
  const c = new PaperCluster()
  c.elect(1)
  return c
}

function commit(c: PaperCluster, leader: number, ...commands: readonly string[]): void {
  for (const command of commands) c.propose(leader, command)
  c.stabilize()
}

describe('a leader commits a command and crashes before it answers; the client asks the next one again (thesis §6.3)', () => {
  function retried(): PaperCluster {
    const c = led()
    commit(c, 1, 'register', '1 1 5')
    c.crash(1)
    c.elect(2)
    commit(c, 2, '1 1 5')
    c.restart(1)
    c.tick(2)
    c.stabilize()
    return c
  }

  test('for the log these are two commands: without more they would be executed twice', () => {
    const c = retried()
    for (const id of servers) expect(c.applied(id)).toEqual(['register', '1 1 5', '1 1 5'])
  })

  test('by its serial number the state machine knows it, and gives the first answer without executing it again', () => {
    for (const counter of machines(retried())) {
      expect(counter.value).toBe(5)
      expect(counter.answers).toEqual(['client 1', 'now 5', 'now 5'])
    }
  })
})

test('what a leader took and did not commit is lost without a trace: asked again, the command takes effect once (thesis §6.3)', () => {
  const c = led()
  commit(c, 1, 'register')
  c.partition([1], [2, 3])
  commit(c, 1, '1 1 5')
  c.elect(2)
  commit(c, 2, '1 1 5')
  c.heal()
  c.tick(2)
  c.stabilize()

  for (const { value, answers } of machines(c)) expect([value, answers]).toEqual([5, ['client 1', 'now 5']])
})

test('one request that reaches the leader through several followers is committed for each, and executed once (thesis §6.3)', () => {
  const c = led()
  commit(c, 1, 'register')

  for (const id of servers) c.propose(id, '1 1 5')
  c.stabilize()

  for (const id of servers) expect(c.applied(id)).toEqual(['register', '1 1 5', '1 1 5', '1 1 5'])
  for (const { value } of machines(c)) expect(value).toBe(5)
})

test('a client with several requests on their way is answered each, whatever the order; those it has heard of are forgotten (thesis §6.3)', () => {
  const c = led()
  commit(c, 1, 'register', '1 2 20', '1 1 1', '1 2 20', '1 1 1', '1 3 300 3')

  for (const { value, answers, sessions } of machines(c)) {
    expect(value).toBe(321)
    expect(answers.slice(1)).toEqual(['now 20', 'now 21', 'now 20', 'now 21', 'now 321'])
    expect([...sessions.get(1)!.keys()]).toEqual([3])
  }
})

test('all servers agree on which session expires, for they decide by the log alone; its client is refused and not served twice (thesis §6.3)', () => {
  const c = led()
  commit(c, 1, 'register', 'register', '1 1 5', '2 1 10', '1 2 5')
  c.crash(1)
  c.elect(3)
  // Of three sessions where two are allowed, that of client 2 is the least recently used.
  commit(c, 3, 'register', '2 1 10', '1 2 5')
  c.restart(1)
  c.tick(3)
  c.stabilize()

  for (const { value, answers, sessions } of machines(c, 2)) {
    expect([...sessions.keys()]).toEqual([3, 1])
    expect(answers.slice(-2)).toEqual(['session expired', 'now 20'])
    expect(value).toBe(20)
  }
})

test('sessions are part of the state: who gets it by a snapshot knows a repeated command too (thesis §6.3)', () => {
  const c = led()
  c.crash(3)
  commit(c, 1, 'register', '1 1 5')
  c.snapshot(1)
  c.snapshot(2)

  c.restart(3)
  c.tick(1)
  c.stabilize()
  expect(c.trace(3)).toContainEqual(expect.objectContaining({ type: 'snapshotRestored' }))
  c.elect(3)
  commit(c, 3, '1 1 5')

  for (const { value, answers } of machines(c))
    expect([value, answers.slice(1)]).toEqual([5, ['now 5', 'now 5']])
})
