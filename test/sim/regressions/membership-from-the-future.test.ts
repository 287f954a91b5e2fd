/**
 * Found by the simulator as I5 and I6, on nodes that make snapshots of their own. While a snapshot waited to be installed,
 * `status` and `applyConfChange` answered the membership that it brings. Stored with an earlier snapshot of one's own, the
 * changes in between were made a second time after a restart.
 */

import { type ConfChangeEntry, RawNode } from 'quorate'
import { expect, test } from 'vitest'
import { bytes, confState, snapshotAt } from '../../support/entries.ts'
import { message } from '../../support/messages.ts'
import { Solo } from '../../support/solo.ts'

test('a node that makes a snapshot while another waits to be installed is, after a restart, in the membership that it had', () => {
  // given a node of {1,2,3} with a change to apply, and a snapshot of {1,2} on its way in behind it
  const solo = new Solo()
  const change = { version: 1, type: 'AddNode', nodeId: 9, context: null } as const
  const entry: ConfChangeEntry = { type: 'EntryConfChange', term: 1, index: 2, change }
  solo.node.step(message('MsgApp', { entries: [entry], commit: 2 }))
  const ready = solo.node.ready()
  solo.node.step(message('MsgSnap', { snapshot: snapshotAt(7, 1, [1, 2]) }))

  // when it applies the change, and stores a snapshot of its own with the membership that it is told
  solo.storage.append(ready)
  solo.node.applyConfChange(entry)
  solo.node.advance(ready)
  const { applied, confState: told } = solo.node.status()
  solo.storage.createSnapshot(applied, told, bytes('state'))

  // then that is the membership as of that entry, and a restart before the other snapshot is installed finds it
  expect([applied, told]).toEqual([2, confState({ voters: [1, 2, 3, 9] })])
  const again = new RawNode({ id: 1, storage: solo.storage })
  expect(again.status().confState).toEqual(confState({ voters: [1, 2, 3, 9] }))
})
