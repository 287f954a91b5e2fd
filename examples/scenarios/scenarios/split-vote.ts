/** Two candidates at once, half of the votes for each: nobody leads that term, and the next one decides (§5.2). */

import type { Cluster } from '../cluster.ts'
import type { Scenario } from '../scenario.ts'
import { list, nodesText } from '../words.ts'

export const splitVote: Scenario = {
  name: 'split-vote',
  summary: 'two candidates share the votes, nobody wins, and a later term decides',
  nodes: { usual: 4, allowed: [4, 6, 8], why: 'the votes are shared in two halves' },
  // With pre-votes two candidates notice each other before they raise the term, mostly: here they are to collide.
  raft: { preVote: false },
  run(stage) {
    const { cluster } = stage
    const one = cluster.pick(cluster.nodes)
    const two = cluster.pick(stage.others(one.id))
    const voters = stage.others(one.id, two.id)
    for (const [i, { id }] of voters.entries()) {
      const near = i < voters.length / 2 ? one : two
      cluster.network.setLatency(near === one ? two.id : one.id, id, 2)
    }
    cluster.act(one, () => one.campaign())
    cluster.act(two, () => two.campaign())
    stage.say(
      `Nodes ${list([one.id, two.id])} stand for election at the same moment. Each votes for itself; of the others one half ` +
        'hears of the first candidate earlier, the other half of the second, and a node has one vote in a term (§5.2).',
    )
    cluster.waitUntil('both elections are lost', () =>
      cluster.nodes.every((node) => node.status().role === 'follower'),
    )
    const half = cluster.nodes.length / 2
    const election = cluster.elections.of(1)
    stage.check('term 1 has no leader', election?.winners.length === 0 && cluster.leader() === null)
    for (const { id } of [one, two])
      stage.check(`node ${id} has half of the votes`, election?.ballots.get(id)?.length === half)
    stage.say(
      `Term 1: ${ballotText(cluster, 1)}. ${half} of ${2 * half} is no majority: both give up, and this term never has a ` +
        'leader.',
    )

    cluster.network.resetLatencies()
    const leader = stage.elect(cluster.nodes, 1)
    const { term } = leader.status()
    stage.check('a later term has a leader', term > 1)
    stage.say(
      `Everybody had drawn a new election timeout, and node ${leader.id} was not in step with a rival this time. ` +
        `Term ${term}: ${ballotText(cluster, term)}.`,
    )
    stage.write(leader, { op: 'put', key: 'decided', value: `term${term}` })
    stage.catchUp(leader)
    stage.checkValue('decided', `term${term}`)
  },
}

function ballotText(cluster: Cluster, term: number): string {
  const ballots = [...(cluster.elections.of(term)?.ballots ?? [])]
  return list(
    ballots.map(([candidate, voters]) => {
      const ids = [...voters].sort((a, b) => a - b)
      return `${nodesText(ids)} ${ids.length === 1 ? 'votes' : 'vote'} for node ${candidate}`
    }),
  )
}
