/** A leader hands over its office, say before it is restarted: nobody has to wait for a timeout (thesis §3.10). */

import type { Scenario } from '../scenario.ts'

// The least that an election timeout can be: what is quicker did not wait for one.
const electionTick = 10

export const transfer: Scenario = {
  name: 'transfer',
  summary: 'the leader hands leadership over, without an election timeout',
  nodes: { usual: 3, allowed: [2, 3, 4, 5, 6, 7, 8, 9], why: 'there must be somebody to hand it to' },
  run(stage) {
    const { cluster } = stage
    const old = stage.elect()
    const { term } = old.status()
    stage.write(old, { op: 'put', key: 'color', value: 'red' })
    stage.catchUp(old)

    const target = cluster.pick(stage.others(old.id))
    const last = stage.append(old, { op: 'put', key: 'color', value: 'blue' })
    const start = cluster.now
    const { started } = old.transferLeadership(target.id)
    const { dropped } = cluster.act(old, () => old.propose({ op: 'put', key: 'color', value: 'late' }))
    stage.check('the transfer has begun', started === target.id)
    stage.check('a proposal is dropped meanwhile', dropped === 'transferring')
    stage.say(
      `Node ${old.id} appends put color=blue at index ${last}, and right after that is told to hand leadership to node ` +
        `${target.id}. From now on it takes no proposals, for the target has to catch up: one is dropped, and can be tried ` +
        'again with the next leader.',
    )

    cluster.waitUntil('the target leads', () => target.status().role === 'leader')
    const took = cluster.now - start
    const { winners } = cluster.elections.of(target.status().term) ?? { winners: [] }
    stage.check('the target was told to stand for election', winners[0]?.reason === 'transfer')
    stage.check('it leads the next term', target.status().term === term + 1)
    stage.check('it took less than an election timeout', took < electionTick)
    stage.say(
      `As soon as node ${target.id} holds index ${last} it is told to stand for election at once (TimeoutNow). It needs no ` +
        `pre-vote, and the others vote although they have a leader. After ${took} ticks it leads term ${term + 1}; an election ` +
        `timeout alone is ${electionTick} or more.`,
    )
    stage.write(target, { op: 'increment', key: 'leaders', by: 2 })
    stage.catchUp(target)
    stage.check('the old leader follows', old.status().leader === target.id)
    stage.checkValue('color', 'blue')
    stage.checkValue('leaders', '2')
  },
}
