/**
 * A core knows ids and no addresses. What it does for who looks for the cluster: an address travels as the context of a
 * membership change, and whoever was asked by mistake does no harm.
 */

import { expect, test } from 'vitest'

import { type ConfChangeEntry, type ConfChangeType, MemStorage, type NodeId } from 'quorate'
import { PaperCluster } from '../support/paper-cluster.ts'
import { bytes, textOf, v1 } from '../support/paper-server.ts'

const changeOf = (type: ConfChangeType, nodeId: NodeId, address: string) =>
  ({ version: 1, type, nodeId, context: bytes(address) }) as const

/** A cluster of one, whose servers each keep a directory of the addresses that their log tells of. */
function withDirectories(): { c: PaperCluster; directories: Map<NodeId, Map<NodeId, string>> } {
  const c = new PaperCluster({ nodes: 1, storages: new Map([[1, new MemStorage()]]) })
  const directories = new Map<NodeId, Map<NodeId, string>>()
  c.onConfChange = (node, entry: ConfChangeEntry) => {
    const own = directories.get(node.id) ?? new Map<NodeId, string>()
    directories.set(node.id, own)
    if (entry.change?.version === 1) {
      const { type, nodeId, context } = entry.change
      if (type === 'RemoveNode') own.delete(nodeId)
      else if (context !== null) own.set(nodeId, textOf(context))
    }
    return node.applyConfChange(entry)
  }
  c.node(1).bootstrap([{ id: 1, context: bytes('one:1') }])
  c.stabilize()
  c.elect(1)
  for (const [id, address] of [
    [2, 'two:1'],
    [3, 'three:1'],
  ] as const) {
    c.add(id)
    c.change(1, changeOf('AddNode', id, address))
    c.stabilize()
  }
  return { c, directories }
}

/** A client tries one server after the other until its request is taken. Answers whom it had to ask. */
function ask(c: PaperCluster, directory: readonly NodeId[], command: string): NodeId[] {
  const asked: NodeId[] = []
  for (const id of directory) {
    asked.push(id)
    if (c.propose(id, command).dropped === undefined) break
  }
  c.stabilize()
  return asked
}

test('addresses travel in the log with the changes: every server, a new one too, has all of them (thesis §6.1)', () => {
  const { directories } = withDirectories()

  for (const id of [1, 2, 3])
    expect([id, [...directories.get(id)!]]).toEqual([
      id,
      [
        [1, 'one:1'],
        [2, 'two:1'],
        [3, 'three:1'],
      ],
    ])
})

test('and has them again after a restart (thesis §6.1)', () => {
  const { c, directories } = withDirectories()
  for (const id of [1, 2, 3]) c.crash(id)
  const before = [...directories.get(2)!]
  directories.clear()

  for (const id of [1, 2, 3]) c.restart(id)
  c.stabilize()

  expect([...directories.get(2)!]).toEqual(before)
  expect([...directories.get(3)!]).toEqual(before)
})

test('a server that moves is updated by a change that leaves the membership alone (thesis §6.1)', () => {
  const { c, directories } = withDirectories()
  const before = c.status(1).confState

  c.change(1, changeOf('UpdateNode', 3, 'elsewhere:9'))
  c.stabilize()

  for (const id of [1, 2, 3]) {
    expect(directories.get(id)?.get(3)).toBe('elsewhere:9')
    expect(c.status(id).confState).toEqual(before)
  }
})

test('a directory may hold servers that are no members yet, or no more: they turn a client away, and harm nobody (thesis §6.1)', () => {
  const c = new PaperCluster()
  c.elect(1)
  c.change(1, v1('RemoveNode', 3))
  c.stabilize()
  c.tick(3, 100)
  c.add(4)
  c.node(3).forgetLeader()

  expect(ask(c, [4, 3, 2, 1], 'x')).toEqual([4, 3, 2])
  expect([1, 2].map(c.applied)).toEqual([['x'], ['x']])
  expect([c.term(1), c.role(1)]).toEqual([1, 'leader'])
})

test('a directory that is inclusive, told of servers before they join and after they leave, always finds the cluster; an old one does not (thesis §6.1)', () => {
  const c = new PaperCluster()
  c.elect(1)
  const old = [1, 2, 3]
  const directory = new Set(old)
  let served = 0
  const serves = () => {
    const request = `${++served}`
    ask(c, [...directory], request)
    return c.applied(1).includes(request)
  }
  for (const id of [4, 5, 6]) {
    directory.add(id)
    c.add(id)
    expect(serves()).toBe(true)
    c.change(1, v1('AddNode', id))
    c.stabilize()
    expect(serves()).toBe(true)
  }
  for (const id of [2, 3]) {
    c.change(1, v1('RemoveNode', id))
    c.stabilize()
    expect(serves()).toBe(true)
    directory.delete(id)
  }
  c.node(1).transferLeadership(4)
  c.stabilize()
  expect(serves()).toBe(true)
  c.change(4, v1('RemoveNode', 1))
  c.stabilize()
  directory.delete(1)

  // Those who have left hear from nobody any more.
  c.partition([4, 5, 6], [1], [2], [3])
  for (const id of old) c.node(id).forgetLeader()
  expect(ask(c, old, 'lost')).toEqual(old)
  expect(ask(c, [...directory], 'found')).toEqual([4])
  expect(c.applied(6).slice(-2)).toEqual([`${served}`, 'found'])
})
