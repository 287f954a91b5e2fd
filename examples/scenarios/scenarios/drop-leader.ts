/** A leader is lost, and with it a write that was not committed; what was committed stays (§5.4, figure 3). */

import type { Scenario } from '../scenario.ts'

export const dropLeader: Scenario = {
  name: 'drop-leader',
  summary: 'the leader falls silent, another is elected, and the old one comes back as a follower',
  nodes: { usual: 3, allowed: [3, 4, 5, 6, 7, 8, 9], why: 'without the leader there must be a majority' },
  run(stage) {
    const { cluster } = stage
    const old = stage.elect()
    const { term } = old.status()
    stage.write(old, { op: 'put', key: 'kept', value: 'yes' })
    stage.catchUp(old)

    cluster.network.mute(old.id)
    const lost = stage.append(old, { op: 'put', key: 'lost', value: 'yes' })
    stage.say(
      `The leader, node ${old.id}, falls silent. A client still reaches it with put lost=yes: it appends that at index ` +
        `${lost}, and nobody else hears of it.`,
    )
    const leader = stage.elect(stage.others(old.id))
    stage.check('the new leader has a later term', leader.status().term > term)
    stage.write(leader, { op: 'put', key: 'after', value: 'yes' })
    cluster.waitUntil('the old leader has stepped down', () => old.status().role !== 'leader')
    stage.check('the write to the old leader is not committed', old.status().commit < lost)
    stage.say(
      `Meanwhile node ${old.id} has heard from no majority for an election timeout and has stepped down by itself: better ` +
        'no leader than one that cannot commit (thesis §6.2).',
    )

    cluster.network.unmute(old.id)
    stage.catchUp(leader)
    const { role, leader: followed } = old.status()
    stage.check('the old leader follows the new one', role === 'follower' && followed === leader.id)
    stage.say(
      `Node ${old.id} is back, as a follower in term ${leader.status().term}. Index ${lost} of its log does not agree with ` +
        'the new leader’s and gives way to it (§5.3): its client was never told of success. What was committed is still ' +
        'there, for only who has all of it can be elected (§5.4.1).',
    )
    stage.checkValue('kept', 'yes')
    stage.checkValue('lost', null)
    stage.checkValue('after', 'yes')
  },
}
