/** A group that grows and replaces a member while it works, through joint consensus (thesis §4.3). */

import type { ConfChangeSingle, LogIndex, NodeId } from 'quorate'

import type { DemoNode } from '../node.ts'
import type { Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'
import { ExpectationError } from '../verdict.ts'
import { list, nodesText } from '../words.ts'

export const membership: Scenario = {
  name: 'membership',
  summary: 'a group grows from 1 node to 3 and to 5, then replaces one',
  nodes: { usual: 1, allowed: [1], why: 'it begins with one node and takes in the others itself' },
  run(stage) {
    const { cluster } = stage
    const leader = stage.elect()
    stage.write(leader, { op: 'put', key: 'members', value: '1' })

    grow(stage, leader, [2, 3])
    stage.write(leader, { op: 'put', key: 'members', value: '3' })
    grow(stage, leader, [4, 5])
    stage.write(leader, { op: 'put', key: 'members', value: '5' })
    stage.catchUp(leader)

    const gone = cluster.pick(stage.others(leader.id))
    learn(stage, leader, [6])
    const swap = change(stage, leader, [
      { type: 'AddNode', nodeId: 6 },
      { type: 'RemoveNode', nodeId: gone.id },
    ])
    cluster.remove(gone.id)
    stage.say(
      `Node ${gone.id} is replaced by node 6 in one joint step, index ${swap}: the group is at no time down to four voters, ` +
        `nor up to six. Node ${gone.id} is switched off.`,
    )
    const voters = [1, 2, 3, 4, 5, 6].filter((id) => id !== gone.id)
    stage.write(leader, { op: 'put', key: 'members', value: voters.join(',') })
    stage.catchUp(leader)
    for (const node of cluster.nodes) {
      const { confState } = node.status()
      stage.check(`node ${node.id} knows the members`, list(confState.voters) === list(voters))
      stage.check(`node ${node.id} knows of no learners`, confState.learners.length === 0)
    }
  },
}

/** New voters: first they learn, then they are given a vote. */
function grow(stage: Stage, leader: DemoNode, ids: readonly NodeId[]): void {
  learn(stage, leader, ids)
  const before = leader.status().confState.voters
  const index = change(
    stage,
    leader,
    ids.map((nodeId) => ({ type: 'AddNode', nodeId })),
  )
  const after = leader.status().confState.voters
  stage.check(
    `${nodesText(ids)} vote`,
    ids.every((id) => after.includes(id)),
  )
  stage.say(
    `Both get a vote, index ${index}: for a moment the group is joint, and decisions take a majority of ` +
      `${nodesText(before)} and one of ${nodesText(after)} (thesis §4.3). Then it has ${after.length} voters.`,
  )
}

/** New members without a vote: a voter with an empty log could only hold commits up (thesis §4.2.1). */
function learn(stage: Stage, leader: DemoNode, ids: readonly NodeId[]): void {
  const joining = ids.map((id) => stage.cluster.add(id))
  const index = change(
    stage,
    leader,
    ids.map((nodeId) => ({ type: 'AddLearnerNode', nodeId })),
  )
  stage.catchUp(leader, joining)
  for (const node of joining)
    stage.check(`node ${node.id} knows that it learns`, node.status().confState.learners.includes(node.id))
  stage.say(
    `${nodesText(ids)[0]?.toUpperCase()}${nodesText(ids).slice(1)} ${ids.length === 1 ? 'joins' : 'join'}, first as ` +
      `${ids.length === 1 ? 'a learner' : 'learners'}, index ${index}: nobody waits for their logs to fill (thesis §4.2.1).`,
  )
}

/** Makes a change, and waits until it is over: committed, applied, and out of the joint state if it needed one. */
function change(stage: Stage, leader: DemoNode, changes: readonly ConfChangeSingle[]): LogIndex {
  const { index, refused } = stage.cluster.act(leader, () => leader.proposeMembership(changes))
  if (index === undefined || refused !== undefined)
    throw new ExpectationError(`the leader takes the membership change`)
  stage.cluster.waitUntil('the membership has changed', () => {
    const { applied, confState } = leader.status()
    return applied >= index && confState.votersOutgoing.length === 0
  })
  return index
}
