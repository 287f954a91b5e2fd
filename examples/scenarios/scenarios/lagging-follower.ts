/** A follower that falls behind and catches up from the log: a majority is enough to go on (§5.3, §5.5). */

import type { Scenario } from '../scenario.ts'

export const laggingFollower: Scenario = {
  name: 'lagging-follower',
  summary: 'a follower falls silent, writes go on, and it catches up when it is back',
  nodes: { usual: 3, allowed: [3, 4, 5, 6, 7, 8, 9], why: 'without one of them there must be a majority' },
  run(stage) {
    const { cluster } = stage
    const leader = stage.elect()
    stage.write(leader, { op: 'put', key: 'color', value: 'red' })
    stage.catchUp(leader)

    const away = cluster.pick(stage.others(leader.id))
    const before = away.status()
    cluster.network.mute(away.id)
    stage.say(
      `Node ${away.id} falls silent: it hears nothing and says nothing. It has applied index ${before.applied}.`,
    )
    stage.write(
      leader,
      { op: 'put', key: 'color', value: 'green' },
      { op: 'increment', key: 'visits', by: 1 },
      { op: 'increment', key: 'visits', by: 1 },
    )
    stage.catchUp(leader, stage.others(away.id))
    cluster.waitUntil('the silent node gives its leader up', () => away.status().role !== 'follower')
    stage.check('the silent node has missed the writes', away.status().applied === before.applied)
    stage.check('asking around has not raised its term', away.status().term === before.term)
    stage.say(
      `All others go on. Node ${away.id} hears of no leader and asks around whether it would be elected; nobody answers, ` +
        `so it stays in term ${before.term} (pre-vote, thesis §9.6) and will disturb nobody later.`,
    )

    cluster.network.unmute(away.id)
    const back = cluster.now
    stage.catchUp(leader)
    stage.say(
      `Node ${away.id} is back. It rejects what the leader sends, since entries before it are missing; so the leader ` +
        `goes back to where both logs agree, index ${before.lastIndex}, and sends the rest (§5.3). ` +
        `After ${cluster.now - back} ticks it has applied all of it.`,
    )
    stage.check('the leader has stayed', cluster.leader()?.id === leader.id)
    stage.check('in its term', leader.status().term === before.term)
    stage.checkValue('color', 'green')
    stage.checkValue('visits', '2')
  },
}
