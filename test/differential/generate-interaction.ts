/** Scripts about a cluster. Each has a temperament of its own: what happens often in one, happens never in another. */

import type { Dice } from './dice.ts'
import { changeMembership } from './membership-steps.ts'
import { isolate, split } from './partition-steps.ts'
import { command, type Step } from './script.ts'
import { addOne, setUp } from './setup-steps.ts'
import { allIds, anyNode, blankSketch, mostlyLeader, mostlyVoter, type Sketch, stand } from './sketch.ts'
import * as traffic from './traffic-steps.ts'

type Action = (dice: Dice, sketch: Sketch) => readonly Step[]

/** What may happen, and how often compared with the rest. */
const actions: readonly (readonly [weight: number, action: Action])[] = [
  [14, elect],
  [22, traffic.propose],
  [20, changeMembership],
  [16, traffic.stabilize],
  [14, traffic.processReady],
  [16, traffic.deliver],
  [9, traffic.tick],
  [4, isolate],
  [4, split],
  [6, traffic.compact],
  [6, transfer],
  [4, traffic.sendSnapshot],
  [3, forgetLeader],
  [4, traffic.reportUnreachable],
  [5, traffic.observe],
  [2, traffic.setLogLevel],
  [1, quietly],
  [0.8, addOne],
  [0.7, mistake],
]

/** The steps of one script. */
export function interactionSteps(dice: Dice): readonly Step[] {
  const sketch = blankSketch()
  const steps: Step[] = []
  if (dice.chance(30)) steps.push(...traffic.setLogLevel(dice))
  // It may be refused.
  while (sketch.nodes === 0) steps.push(...setUp(dice, sketch))
  const temperament = temperamentOf(dice, sketch)
  // How often things are given the time to come to rest.
  const calm = dice.pick([5, 25, 50, 80])
  if (dice.chance(95)) steps.push(...elect(dice, sketch), ...rest(dice, sketch, 90))
  const length = dice.int(8, 90)
  while (steps.length < length) {
    steps.push(...dice.weighted(temperament)(dice, sketch))
    steps.push(...rest(dice, sketch, calm))
  }
  return dice.chance(70) ? [...steps, ...conclusion(sketch)] : steps
}

function temperamentOf(
  dice: Dice,
  sketch: Sketch,
): readonly [readonly [number, Action], ...[number, Action][]] {
  const moods = actions.map(([weight, action]): [number, Action] => [
    weight *
      dice.weighted([
        [15, 0],
        [25, 0.4],
        [40, 1],
        [20, 3],
      ]),
    action,
  ])
  const threads = sketch.async ? 30 : 1
  return [[threads, traffic.processThread], ...moods]
}

function rest(dice: Dice, sketch: Sketch, calm: number): readonly Step[] {
  return dice.chance(calm) ? [traffic.stabilizeAll(sketch)] : []
}

/** Somebody stands for election, because a command or because the time says so. */
function elect(dice: Dice, sketch: Sketch): readonly Step[] {
  const id = mostlyVoter(dice, sketch)
  stand(sketch, id)
  return dice.chance(70)
    ? [command(`campaign ${id}`)]
    : [traffic.tickOnce('tick-election', id, dice.pick([1, 2, 3, 3]))]
}

function transfer(dice: Dice, sketch: Sketch): readonly Step[] {
  const from = mostlyLeader(dice, sketch)
  const to = Math.min(dice.chance(70) ? mostlyVoter(dice, sketch) : anyNode(dice, sketch), sketch.nodes)
  if (from === sketch.leader) stand(sketch, to)
  return [command(`transfer-leadership from=${from} to=${to}`)]
}

function forgetLeader(dice: Dice, sketch: Sketch): readonly Step[] {
  return [command(`forget-leader ${anyNode(dice, sketch)}`)]
}

/** Something happens that is not printed. */
function quietly(dice: Dice, sketch: Sketch): readonly Step[] {
  const steps = [
    command('log-level none'),
    ...traffic.propose(dice, sketch),
    ...traffic.stabilize(dice, sketch),
  ]
  return [...steps, ...traffic.observe(dice, sketch), command(`log-level ${dice.pick(['info', 'debug'])}`)]
}

/** What cannot be done says so. */
function mistake(dice: Dice, sketch: Sketch): readonly Step[] {
  const id = anyNode(dice, sketch)
  return [
    dice.pick([
      command('no-such-command'),
      command('log-level loud'),
      command(`compact ${id} 0`),
      command(`compact ${id} ${sketch.base}`),
      command(`propose-conf-change ${id}`, 'x1'),
      command(`propose-conf-change ${id}`, 'v'),
      command(`propose-conf-change ${id} v1=true`, 'v1 v2'),
      command(`propose-conf-change ${id} v1=perhaps`, 'v1'),
      command(`propose-conf-change ${id} sort=other`, 'v1'),
      command('add-nodes 1 voters=(1)'),
      command(`deliver-msgs drop=(${sketch.nodes + 1})`),
    ]),
  ]
}

/** Everything comes to rest, and everything is looked at. */
function conclusion(sketch: Sketch): readonly Step[] {
  return [
    command('log-level debug'),
    traffic.stabilizeAll(sketch),
    command('raft-state'),
    ...allIds(sketch).map((id) => command(`status ${id}`)),
    ...allIds(sketch).map((id) => command(`raft-log ${id}`)),
  ]
}
