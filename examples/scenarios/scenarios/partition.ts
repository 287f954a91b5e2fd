/** A network in two pieces: the one with a majority goes on, the other waits, and nobody ever disagrees (§5.4). */

import type { Scenario } from '../scenario.ts'
import { count, nodesText } from '../words.ts'

export const partition: Scenario = {
  name: 'partition',
  summary: 'the network splits, the majority goes on, and after the healing all agree again',
  nodes: {
    usual: 5,
    allowed: [3, 4, 5, 6, 7, 8, 9],
    why: 'one side must hold a majority without the leader',
  },
  run(stage) {
    const { cluster } = stage
    const old = stage.elect()
    stage.write(old, { op: 'put', key: 'color', value: 'red' })
    stage.catchUp(old)

    const { minority, majority } = stage.divide(old)
    const ids = [minority, majority].map((side) => side.map(({ id }) => id).sort((a, b) => a - b))
    cluster.network.partition(...ids)
    const doubtful = stage.append(old, { op: 'put', key: 'color', value: 'green' })
    stage.say(
      `The network splits into ${ids.map(nodesText).join(' | ')}. A client of the smaller side sends put color=green to ` +
        `the old leader, node ${old.id}, which appends it at index ${doubtful}.`,
    )
    const leader = stage.elect(majority)
    const blue = stage.write(leader, { op: 'put', key: 'color', value: 'blue' })
    stage.catchUp(leader, majority)
    cluster.waitUntil('the old leader has stepped down', () => old.status().role !== 'leader')
    stage.say(
      `On the smaller side index ${doubtful} is on ${count(minority.length, 'node')} of ${cluster.nodes.length}, which is no ` +
        `majority: not committed. Node ${old.id} hears from too few and steps down (thesis §6.2).`,
    )
    for (const node of minority) {
      stage.check(`node ${node.id} has committed nothing new`, node.status().commit < doubtful)
      stage.checkValue('color', 'red', [node])
    }

    cluster.network.heal()
    stage.catchUp(leader)
    stage.say(
      `The network heals. The smaller side follows node ${leader.id}, gives up its entry at index ${doubtful} and takes ` +
        `over what was committed meanwhile, up to index ${Math.max(blue, leader.status().commit)}.`,
    )
    stage.check('the leader of the majority still leads', cluster.leader()?.id === leader.id)
    stage.checkValue('color', 'blue')
  },
}
