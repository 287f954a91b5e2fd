/** Reads that see every earlier write, without a log entry for each; and a deposed leader that does not answer (thesis §6.4). */

import type { DemoNode } from '../node.ts'
import type { Read } from '../reads.ts'
import type { Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

export const readIndex: Scenario = {
  name: 'read-index',
  summary: 'linearizable reads on a leader and on a follower; a deposed leader does not answer',
  nodes: {
    usual: 3,
    allowed: [3, 4, 5, 6, 7, 8, 9],
    why: 'one side must hold a majority without the leader',
  },
  run(stage) {
    const { cluster } = stage
    const old = stage.elect()
    stage.write(old, { op: 'put', key: 'color', value: 'red' })
    const end = old.status().lastIndex
    stage.say(
      `${readText(stage, old, 'red')} One round of heartbeats made sure that it still leads, so it knows all commits before ` +
        'the question (thesis §6.4).',
    )
    const follower = cluster.pick(stage.others(old.id))
    stage.say(
      `${readText(stage, follower, 'red')} It asked the leader for the index to wait for; the value is from its own store.`,
    )
    stage.check('no read has put anything into the log', old.status().lastIndex === end)

    const { minority, majority } = stage.divide(old)
    cluster.network.partition(...[minority, majority].map((side) => side.map(({ id }) => id)))
    const stale = cluster.act(old, () => old.read('color'))
    stage.say(
      `Node ${old.id} is cut off from a majority, still believes to lead, and is asked for color. To answer from its store ` +
        'would be right now, and wrong very soon.',
    )
    const leader = stage.elect(majority)
    stage.write(leader, { op: 'put', key: 'color', value: 'blue' })
    cluster.waitUntil('the old leader has stepped down', () => old.status().role !== 'leader')
    const refused = cluster.act(old, () => old.read('color'))
    stage.check('the deposed leader has not answered', stale.answer === null)
    stage.check('and takes no reads any more', refused.dropped === 'no-leader')
    stage.say(
      `Node ${old.id} never got its heartbeats answered, so it has not answered either; now it has stepped down and takes no ` +
        'reads. Its store still says red.',
    )
    stage.check('the store of the old leader is stale', old.store.get('color') === 'red')

    cluster.network.heal()
    stage.catchUp(leader)
    stage.say(`The network heals. ${readText(stage, old, 'blue')}`)
    stage.check('the read that was lost stays without an answer', stale.answer === null)
  },
}

/** Reads `color` on a node, expects a value, and tells how long it took. */
function readText(stage: Stage, node: DemoNode, expected: string): string {
  const { cluster } = stage
  const start = cluster.now
  const read: Read = cluster.act(node, () => node.read('color'))
  cluster.waitUntil(`node ${node.id} answers the read`, () => read.answer !== null || read.dropped !== null)
  stage.check(`node ${node.id} reads ${expected}`, read.answer?.value === expected)
  return (
    `A read of color on node ${node.id}, a ${node.status().role}, gives ${read.answer?.value} after ` +
    `${cluster.now - start} ticks.`
  )
}
