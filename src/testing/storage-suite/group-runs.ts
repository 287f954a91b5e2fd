/** Real nodes on the storages: they elect, replicate, are cut off, compact, join, restart, and agree in the end. */

import type { Storage } from '../../storage/storage.ts'
import { holds, same } from '../assert.ts'
import type { Steps } from '../steps.ts'
import type { StorageBench, StorageCase } from './bench.ts'
import { Group, type Member } from './group.ts'
import { entriesIn, members, write } from './sample.ts'

/** Three first members, who know of each other by a snapshot of the membership. */
function* begin(bench: StorageBench): Steps<Group> {
  const storages: Storage[] = []
  for (let id = 1; id <= 3; id++) {
    const storage = yield* bench.open()
    write(storage, { snapshot: { index: 1, term: 1, confState: members([1, 2, 3]), data: new Uint8Array() } })
    storages.push(storage)
  }
  const group = new Group(storages)
  group.until('there is a leader', () => group.leader !== undefined)
  return group
}

/** All must have applied the same, and hold the same entries where their logs meet. */
function agree(group: Group): void {
  const [first, ...others] = group.members as [Member, ...Member[]]
  for (const other of others) {
    same(`what node ${other.id} has applied`, other.applied, first.applied)
    same(`lastIndex() of node ${other.id}`, other.storage.lastIndex(), first.storage.lastIndex())
    const lo = Math.max(first.storage.firstIndex(), other.storage.firstIndex())
    const hi = first.storage.lastIndex() + 1
    if (lo < hi)
      same(`the log of node ${other.id}`, entriesIn(other.storage, lo, hi), entriesIn(first.storage, lo, hi))
  }
}

/** Cuts off one follower, so that the others go on without it. */
function cutOffFollower(group: Group): Member {
  const follower = group.members.find((member) => member !== group.leader) as Member
  group.away.add(follower.id)
  return follower
}

/** These tests, in order. */
export const groupCases: readonly StorageCase[] = [
  {
    name: 'three nodes elect a leader, replicate and agree',
    *run(bench) {
      const group = yield* begin(bench)
      group.propose('first', 20)
      same('the number of commands applied', group.leader?.applied.length, 20)
      agree(group)
    },
  },
  {
    name: 'three nodes agree when a leader that was cut off has to give up its tail',
    *run(bench) {
      const group = yield* begin(bench)
      group.propose('first', 5)
      const old = group.leader as Member
      group.away.add(old.id)
      for (let at = 0; at < 7; at++) old.raw.propose(Uint8Array.of(at))
      group.until('there is another leader', () => group.leader !== undefined && group.leader !== old)
      group.propose('second', 4)
      group.away.clear()
      group.propose('third', 3)
      same('the number of commands applied', old.applied.length, 12)
      agree(group)
    },
  },
  {
    name: 'three nodes agree when one was away while the others compacted their logs',
    *run(bench) {
      const group = yield* begin(bench)
      group.propose('first', 5)
      const away = cutOffFollower(group)
      group.propose('second', 10)
      for (const member of group.members) if (member !== away) member.compact(3)
      group.away.clear()
      group.propose('third', 5)
      holds(
        away.storage.firstIndex() > 10,
        'the node that was away to have got a snapshot',
        `a log from ${away.storage.firstIndex()} on`,
      )
      agree(group)
    },
  },
  {
    name: 'a node that joins with an empty storage is brought up to date',
    *run(bench) {
      const group = yield* begin(bench)
      group.propose('first', 10)
      for (const member of group.members) member.compact(0)
      const joining = group.add(yield* bench.open())
      group.leader?.raw.proposeConfChange({ version: 1, type: 'AddNode', nodeId: 4 })
      group.propose('second', 5)
      same('the membership', joining.raw.status().confState.voters, [1, 2, 3, 4])
      agree(group)
    },
  },
  {
    name: 'three nodes that were restarted on their storages go on where they were, and agree',
    needs: 'reopen',
    *run(bench) {
      const group = yield* begin(bench)
      group.propose('first', 10)
      const away = cutOffFollower(group)
      group.propose('second', 10)
      for (const member of group.members) if (member !== away) member.compact(4)
      group.change({ version: 1, type: 'AddLearnerNode', nodeId: 9 })
      group.away.clear()
      group.propose('third', 5)
      const { applied } = group.members[0] as Member
      for (const member of group.members) member.restart(yield* bench.reopen(member.storage))
      group.until('there is a leader again', () => group.leader !== undefined)
      group.propose('fourth', 5)
      const { applied: now, raw } = group.members[0] as Member
      same('what was applied before the restart', now.slice(0, applied.length), applied)
      same('the learners', raw.status().confState.learners, [9])
      agree(group)
    },
  },
]
