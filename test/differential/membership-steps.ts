/** Changes of the membership: single and joint, with learners, with and without leaving by itself, sensible and not. */

import type { Dice } from './dice.ts'
import { command, type Step } from './script.ts'
import { addOne, strangers } from './setup-steps.ts'
import { append, mostlyLeader, type Sketch } from './sketch.ts'

type Letter = 'v' | 'l' | 'r' | 'u'
type Change = readonly [Letter, number]

/** One change, or a few in one command. */
export function changeMembership(dice: Dice, sketch: Sketch): readonly Step[] {
  if (sketch.joint && dice.chance(60)) return leave(dice, sketch)
  const steps: Step[] = []
  // Who joins is there before or after the change, or never.
  const joins = dice.chance(35)
  if (joins && strangers(sketch).length === 0) steps.push(...addOne(dice, sketch))
  const changes = dice.chance(94) ? sensible(dice, sketch, joins) : anyChanges(dice)
  steps.push(propose(dice, sketch, changes))
  if (dice.chance(4)) steps.push(...addOne(dice, sketch))
  return steps
}

/** Leaves a joint configuration. */
function leave(dice: Dice, sketch: Sketch): readonly Step[] {
  sketch.joint = false
  const at = mostlyLeader(dice, sketch)
  append(sketch, at, 1)
  return [command(`propose-conf-change ${at}`)]
}

function propose(dice: Dice, sketch: Sketch, changes: readonly Change[]): Step {
  const at = mostlyLeader(dice, sketch)
  append(sketch, at, 1)
  const words = ['propose-conf-change', String(at)]
  const single = changes.length === 1
  // The old form takes one change, and no transition.
  const old = single ? dice.chance(35) : changes.length > 1 && dice.chance(1)
  if (old) words.push('v1=true')
  else if (dice.chance(5)) words.push('v1=false')
  const transition = dice.weighted<string>([
    [50, ''],
    [8, 'auto'],
    [20, 'implicit'],
    [22, 'explicit'],
    [0.3, 'sideways'],
  ])
  const hasTransition = transition !== '' && (!old || dice.chance(2))
  if (hasTransition) words.push(`transition=${transition}`)
  sketch.joint = hasTransition && transition === 'explicit'
  for (const change of changes) note(sketch, change)
  return command(words.join(' '), changes.map(([letter, id]) => `${letter}${id}`).join(' '))
}

/** What fits the membership as it is believed to be. The last voter stays: to remove it is a panic of the reference. */
function sensible(dice: Dice, sketch: Sketch, joins: boolean): readonly Change[] {
  const count = dice.weighted<number>([
    [65, 1],
    [22, 2],
    [10, 3],
    [3, 4],
  ])
  const changes: Change[] = []
  let voters = sketch.voters.length
  for (let i = 0; i < count; i++) {
    const change = oneSensible(dice, sketch, joins && i === 0)
    const costsVoter = change[0] !== 'v' && sketch.voters.includes(change[1])
    if (costsVoter && voters <= 1 && dice.chance(98)) continue
    if (costsVoter) voters--
    changes.push(change)
  }
  return changes.length > 0 ? changes : [['u', dice.int(1, sketch.nodes)]]
}

function oneSensible(dice: Dice, sketch: Sketch, joins: boolean): Change {
  const outside = strangers(sketch)
  const { voters, learners } = sketch
  const newcomer = (): number => dice.pickOr(outside, dice.int(1, sketch.nodes + 1))
  if (joins) return [dice.chance(65) ? 'v' : 'l', newcomer()]
  return dice.weighted<() => Change>([
    [14, () => ['v', newcomer()]],
    [12, () => ['l', newcomer()]],
    [20, () => ['r', dice.pickOr(voters, 1)]],
    [8, () => ['r', dice.pickOr(learners, 2)]],
    [14, () => ['l', dice.pickOr(voters, 1)]],
    [18, () => ['v', dice.pickOr(learners, newcomer())]],
    [4, () => ['u', dice.pickOr(voters, 1)]],
    [6, () => ['r', sketch.leader ?? 1]],
    [4, () => ['v', dice.pickOr(voters, 1)]],
  ])()
}

/** Anything at all: nobody, somebody who is not there, the same one twice. */
export function anyChanges(dice: Dice): readonly Change[] {
  const letters = ['v', 'l', 'r', 'u'] as const
  return Array.from({ length: dice.int(0, 4) }, () => [
    dice.pick(letters),
    dice.chance(5) ? 0 : dice.chance(5) ? dice.int(8, 40) : dice.int(1, 7),
  ])
}

function note(sketch: Sketch, [letter, id]: Change): void {
  if (letter === 'u' || id === 0) return
  sketch.voters = sketch.voters.filter((voter) => voter !== id)
  sketch.learners = sketch.learners.filter((learner) => learner !== id)
  if (letter === 'v') sketch.voters.push(id)
  if (letter === 'l') sketch.learners.push(id)
}
