/** A follower comes back too late for the log: what it misses is compacted, and it gets a snapshot instead (§7). */

import type { Scenario } from '../scenario.ts'
import { count } from '../words.ts'

const visits = 5

export const snapshotCatchUp: Scenario = {
  name: 'snapshot-catch-up',
  summary: 'the log is compacted while a follower is away, and it catches up with a snapshot',
  nodes: { usual: 3, allowed: [3, 4, 5, 6, 7, 8, 9], why: 'without one of them there must be a majority' },
  run(stage) {
    const { cluster } = stage
    const leader = stage.elect()
    stage.write(leader, { op: 'put', key: 'color', value: 'red' })
    stage.catchUp(leader)

    const away = cluster.pick(stage.others(leader.id))
    const { lastIndex: had } = away.status()
    cluster.network.mute(away.id)
    stage.say(`Node ${away.id} falls silent. Its log ends at index ${had}.`)
    stage.write(
      leader,
      ...Array.from({ length: visits }, () => ({ op: 'increment', key: 'visits', by: 1 }) as const),
    )
    stage.catchUp(leader, stage.others(away.id))

    const upTo = Math.max(...stage.others(away.id).map((node) => node.compact()))
    stage.say(
      `A log must not grow for ever: all the others write a snapshot of their store as of index ${upTo} and drop the ` +
        'entries that it stands in for (§7).',
    )

    let lost = 0
    // The first snapshot does not arrive.
    const stop = cluster.network.drop(({ type }) => type === 'MsgSnap' && lost++ === 0)
    cluster.network.unmute(away.id)
    cluster.waitUntil(`node ${away.id} has a snapshot`, () => away.installedSnapshot !== null)
    stop()
    stage.check('the first snapshot was lost, and one more was sent', lost === 2)
    stage.check('it is the snapshot that the log begins with', away.installedSnapshot === upTo)
    stage.say(
      `Node ${away.id} is back, and misses entries that the leader does not have any more, so it is sent the snapshot. ` +
        'The first one is lost; the transport reports that, and the leader sends another.',
    )

    stage.say(
      `Node ${away.id} installs it: the store of index ${upTo} in one piece, instead of ${count(upTo - had, 'entry').replace('ys', 'ies')}.`,
    )
    stage.checkValue('visits', String(visits), [away])
    stage.write(leader, { op: 'put', key: 'color', value: 'blue' })
    stage.catchUp(leader)
    stage.check(
      `the log of node ${away.id} begins behind the snapshot`,
      away.status().firstIndex === upTo + 1,
    )
    stage.check('the leader has stayed', cluster.leader()?.id === leader.id)
    stage.checkValue('visits', String(visits))
    stage.checkValue('color', 'blue')
  },
}
