/** Networks that fall apart: somebody hears nothing for a while, or there are two groups, each of which goes on by itself. */

import type { Dice } from './dice.ts'
import { command, type Step } from './script.ts'
import { allIds, mostlyLeader, type Sketch, stand } from './sketch.ts'
import { compact, propose, stabilizeAll, tickOnce } from './traffic-steps.ts'

/** A few nodes hear nothing for a while, and the others go on; perhaps so far that a snapshot is needed afterwards. */
export function isolate(dice: Dice, sketch: Sketch): readonly Step[] {
  if (sketch.nodes < 2) return propose(dice, sketch)
  const lost = dice.some(allIds(sketch), dice.int(1, Math.ceil((sketch.nodes - 1) / 2)))
  const rest = allIds(sketch).filter((id) => !lost.includes(id))
  const steps: Step[] = []
  for (let i = dice.int(1, 3); i > 0; i--) {
    steps.push(...propose(dice, sketch))
    for (let round = dice.int(1, 2); round > 0; round--) steps.push(alone(rest), deaf(lost))
  }
  if (dice.chance(30)) steps.push(...giveUp(dice, sketch, lost, rest))
  if (dice.chance(40)) steps.push(...compactBeyond(dice, sketch, lost))
  return dice.chance(60) ? [...steps, ...heal(dice, sketch, [])] : steps
}

/** The leader comes to notice that it does not hear from them any more. */
function giveUp(
  dice: Dice,
  sketch: Sketch,
  lost: readonly number[],
  rest: readonly number[],
): readonly Step[] {
  const at = mostlyLeader(dice, sketch)
  const steps: Step[] = []
  for (let i = dice.int(1, 2); i > 0; i--)
    steps.push(tickOnce('tick-election', at, dice.int(3, 6)), alone(rest), deaf(lost))
  if (dice.chance(60)) steps.push(...lost.map((id) => command(`report-unreachable ${at} ${id}`)))
  return [...steps, ...compactBeyond(dice, sketch, lost), ...propose(dice, sketch), alone(rest)]
}

/** The leader cuts off what those that hear nothing would need, so that they need a snapshot. */
function compactBeyond(dice: Dice, sketch: Sketch, lost: readonly number[]): readonly Step[] {
  const { leader, elected, voters, settled, fresh } = sketch
  const left = voters.filter((id) => id <= sketch.nodes && !lost.includes(id))
  const goesOn = leader !== null && elected && left.includes(leader) && left.length * 2 > voters.length
  if (!goesOn || fresh === 0) return compact(dice, sketch)
  return [command(`compact ${leader} ${settled + dice.int(1, fresh)}`)]
}

/** Two groups, each with a leader of its own perhaps, whose logs part; then they meet again. */
export function split(dice: Dice, sketch: Sketch): readonly Step[] {
  const { leader: before } = sketch
  const here = dice.some(allIds(sketch), dice.int(1, sketch.nodes - 1))
  const there = allIds(sketch).filter((id) => !here.includes(id))
  if (there.length === 0 || before === null) return propose(dice, sketch)
  const [own, other] = here.includes(before) ? [here, there] : [there, here]
  const steps: Step[] = []
  const goOn = (): void => {
    steps.push(deaf(other), alone(own), deaf(own), alone(other), deaf(own))
  }
  // What the old leader has not told anybody yet is lost, if the others elect another.
  for (let i = dice.int(0, 3); i > 0; i--) steps.push(command(`propose ${before} old${i}`))
  const after = dice.pickOr(other, before)
  steps.push(deaf(other), alone(own), deaf(own), command(`campaign ${after}`))
  goOn()
  stand(sketch, after)
  for (let i = dice.int(0, 3); i > 0; i--) steps.push(command(`propose ${after} new${i}`))
  if (dice.chance(40)) steps.push(command(`propose ${before} older`))
  goOn()
  return dice.chance(80) ? [...steps, ...heal(dice, sketch, [before])] : steps
}

/** They hear of each other again: somebody sends heartbeats. */
function heal(dice: Dice, sketch: Sketch, more: readonly number[]): readonly Step[] {
  const ids = dice.shuffled([mostlyLeader(dice, sketch), ...more])
  return [...ids.map((id) => tickOnce('tick-heartbeat', id, dice.int(3, 6))), stabilizeAll(sketch)]
}

/** They do all they can without the others. */
function alone(ids: readonly number[]): Step {
  return command(`stabilize ${ids.join(' ')}`)
}

/** What is on its way to them is lost. */
function deaf(ids: readonly number[]): Step {
  return command(`deliver-msgs drop=(${ids.join(',')})`)
}
