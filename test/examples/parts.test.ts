/** The parts of the scenarios that stand on their own: commands, the store, the events, the cluster. */

import { describe, expect, test } from 'vitest'

import { Cluster } from '../../examples/scenarios/cluster.ts'
import {
  type Command,
  CommandError,
  commandText,
  decodeCommand,
  encodeCommand,
} from '../../examples/scenarios/command.ts'
import { type ClusterEvent, EventFeed, eventKinds } from '../../examples/scenarios/events.ts'
import { KvStore } from '../../examples/scenarios/kv-store.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('commands', () => {
  const commands: readonly (readonly [Command, string])[] = [
    [{ op: 'put', key: 'clé', value: '' }, 'put clé='],
    [{ op: 'delete', key: 'a' }, 'delete a'],
    [{ op: 'increment', key: 'a', by: -2 }, 'increment a by -2'],
  ]

  test.each(commands)('%j comes back from its bytes', (command, words) => {
    expect(decodeCommand(encodeCommand(command))).toEqual(command)
    expect(commandText(command)).toBe(words)
  })

  test.each([
    ['', 'they are no JSON'],
    ['{"op":"put"', 'they are no JSON'],
    ['\u0000', 'they are no JSON'],
    ['[]', 'they hold no object'],
    ['null', 'they hold no object'],
    ['{}', '`key` is no text, or an empty one'],
    ['{"op":"put","key":""}', '`key` is no text, or an empty one'],
    ['{"op":"put","key":"a"}', '`value` of the put is no text'],
    ['{"op":"put","key":"a","value":1}', '`value` of the put is no text'],
    ['{"op":"increment","key":"a","by":0.5}', '`by` of the increment is no whole number'],
    ['{"op":"drop","key":"a"}', '`op` is none of put, delete and increment'],
    ['{"key":"a"}', '`op` is none of put, delete and increment'],
  ])('%j is refused', (text, why) => {
    expect(() => decodeCommand(bytes(text))).toThrow(new CommandError(why))
  })

  test('bytes that are no text are refused', () => {
    expect(() => decodeCommand(Uint8Array.of(0xff, 0xfe))).toThrow(
      'Expected the bytes of a command, but they are no JSON',
    )
  })
})

describe('the store', () => {
  test('applies what it is given', () => {
    const store = new KvStore()
    expect(store.apply(encodeCommand({ op: 'put', key: 'b', value: 'x' }))).toEqual({ value: 'x' })
    expect(store.apply(encodeCommand({ op: 'increment', key: 'a', by: 2 }))).toEqual({ value: '2' })
    expect(store.apply(encodeCommand({ op: 'increment', key: 'a', by: 3 }))).toEqual({ value: '5' })
    expect(store.pairs()).toEqual([
      ['a', '5'],
      ['b', 'x'],
    ])
    expect(store.apply(encodeCommand({ op: 'delete', key: 'b' }))).toEqual({ value: null })
    expect(store.get('b')).toBeNull()
  })

  test('refuses what cannot be done, and goes on', () => {
    const store = new KvStore()
    store.apply(encodeCommand({ op: 'put', key: 'a', value: 'text' }))
    expect(store.apply(encodeCommand({ op: 'increment', key: 'a', by: 1 }))).toEqual({
      refused: 'a is no number to add to',
    })
    expect(store.apply(bytes('nonsense'))).toEqual({
      refused: 'Expected the bytes of a command, but they are no JSON',
    })
    expect(store.get('a')).toBe('text')
  })

  test('comes back from a snapshot, whose bytes do not depend on the order of the writes', () => {
    const [one, two] = [new KvStore(), new KvStore()]
    const puts = ['b', 'a', 'c'].map((key) => encodeCommand({ op: 'put', key, value: key }))
    for (const put of puts) one.apply(put)
    for (const put of puts.toReversed()) two.apply(put)
    expect(one.snapshot()).toEqual(two.snapshot())
    const copy = new KvStore()
    copy.apply(encodeCommand({ op: 'put', key: 'old', value: 'gone' }))
    copy.restore(one.snapshot())
    expect(copy.pairs()).toEqual(one.pairs())
    copy.restore(new Uint8Array())
    expect(copy.pairs()).toEqual([])
  })

  test.each(['nonsense', '{}', '[["a"]]', '[["a",1]]'])('keeps its pairs if it cannot restore %j', (text) => {
    const store = new KvStore()
    store.apply(encodeCommand({ op: 'put', key: 'a', value: '1' }))
    expect(() => store.restore(bytes(text))).toThrow()
    expect(store.pairs()).toEqual([['a', '1']])
  })
})

describe('events', () => {
  test('go to who listens for their kind', () => {
    const feed = new EventFeed()
    const heard: unknown[] = []
    feed.on('leaderElected', (event) => heard.push(event))
    feed.on('stateChange', ({ from, to }) => heard.push(`${from} ${to}`))
    const moment = { tick: 1, node: 2, term: 3 }
    feed.publish({ type: 'leaderElected', ...moment })
    feed.publish({ type: 'stateChange', ...moment, from: 'follower', to: 'candidate' })
    feed.publish({ type: 'electionStarted', ...moment, reason: 'timeout', preVote: false })
    expect(heard).toEqual([{ type: 'leaderElected', ...moment }, 'follower candidate'])
  })

  test('of a cluster come through its emitter, each kind under its name', () => {
    const cluster = new Cluster({ ids: [1, 2, 3], seed: 7 })
    const heard: ClusterEvent[] = []
    const traced = new Set<string>()
    for (const kind of eventKinds)
      cluster.events.on(kind, (event: ClusterEvent) => {
        expect(event.type).toBe(kind)
        heard.push(event)
      })
    cluster.events.on('trace', ({ type }) => traced.add(type))
    cluster.waitUntil('somebody leads', () => cluster.leader() !== null)
    const leader = cluster.leader()
    expect(heard.findLast(({ type }) => type === 'leaderElected')).toEqual({
      type: 'leaderElected',
      tick: cluster.now,
      node: leader?.id,
      term: leader?.status().term,
    })
    expect(traced).toContain('voteCounted')
  })
})

describe('the cluster', () => {
  test('knows who leads while a deposed leader believes to', () => {
    const cluster = new Cluster({ ids: [1, 2, 3], seed: 7, raft: { checkQuorum: false } })
    cluster.waitUntil('somebody leads', () => cluster.leader() !== null)
    const old = cluster.leader()
    if (old === null) throw new Error('nobody leads')
    cluster.network.mute(old.id)
    cluster.waitUntil('somebody else leads', () => cluster.leader()?.id !== old.id)
    expect(old.status().role).toBe('leader')
    expect(cluster.elections.of(cluster.leader()?.status().term ?? 0)?.winners).toHaveLength(1)
  })

  test('goes on after a late message of a member that was removed', () => {
    const cluster = new Cluster({ ids: [1, 2, 3], seed: 7 })
    cluster.waitUntil('somebody leads', () => cluster.leader() !== null)
    const leader = cluster.leader()
    if (leader === null) throw new Error('nobody leads')
    const gone = cluster.nodes.find(({ id }) => id !== leader.id)?.id ?? 0
    cluster.network.setLatency(gone, leader.id, 8)
    cluster.act(leader, () => leader.proposeMembership([{ type: 'RemoveNode', nodeId: gone }]))
    cluster.waitUntil('it is removed', () => leader.status().confState.voters.length === 2)
    for (let i = 0; i < 10; i++) cluster.tick()
    expect(leader.status().role).toBe('leader')
  })

  test('asks for a node that does not run in vain', () => {
    const cluster = new Cluster({ ids: [1], seed: 7 })
    cluster.remove(1)
    expect(() => cluster.node(1)).toThrow('node 1 runs')
    expect(cluster.leader()).toBeNull()
  })
})
