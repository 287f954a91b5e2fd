/** The smallest story there is: an election (§5.2), a write, its replication (§5.3). */

import type { Scenario } from '../scenario.ts'
import { count } from '../words.ts'

export const basic: Scenario = {
  name: 'basic',
  summary: 'a leader is elected, and one write reaches every node',
  nodes: { usual: 3, allowed: [1, 2, 3, 4, 5, 6, 7, 8, 9], why: 'more would not fit on a screen' },
  run(stage) {
    const { cluster } = stage
    stage.say(
      `${count(cluster.nodes.length, 'node')} in term 0, and no leader. Each follower waits for an election timeout of its ` +
        'own, drawn from 10 to 19 ticks, so that seldom two stand for election at once (§5.2).',
    )
    const leader = stage.elect()
    const index = stage.write(leader, { op: 'put', key: 'greeting', value: 'hello' })
    stage.catchUp(leader)
    stage.say(
      `With its next messages the leader tells that index ${index} is committed. Every node applies the command to its ` +
        'own key-value store: same log, same order, same store (§2).',
    )
    stage.checkValue('greeting', 'hello')
  },
}
