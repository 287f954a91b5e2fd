/** Scripts of the two folders without a cluster: what a quorum has agreed on, and how one membership follows another. */

import type { Dice } from './dice.ts'
import { anyChanges } from './membership-steps.ts'
import { command, type Step } from './script.ts'

/** The steps of a script of the quorum folder: each is a question of its own. */
export function quorumSteps(dice: Dice): readonly Step[] {
  return Array.from({ length: dice.int(5, 30) }, () => question(dice))
}

function question(dice: Dice): Step {
  const incoming = members(dice, dice.chance(4) ? 0 : dice.int(1, 7))
  const words = [`cfg=(${incoming.join(',')})`]
  const ids = new Set(incoming)
  if (dice.chance(10)) words.push('cfgj=zero')
  else if (dice.chance(50)) {
    const outgoing = members(dice, dice.int(1, 7))
    for (const id of outgoing) ids.add(id)
    words.push(`cfgj=(${outgoing.join(',')})`)
  }
  // An empty list is written by leaving it out.
  const written = words.filter((word) => !word.endsWith('=()'))
  const isVote = dice.chance(50)
  const known = [...ids].map(() => (isVote ? dice.pick(['y', 'y', 'n', '_']) : index(dice)))
  if (known.length > 0) written.push(`${isVote ? 'votes' : 'idx'}=(${known.join(',')})`)
  return command([isVote ? 'vote' : 'committed', ...written].join(' '))
}

function members(dice: Dice, count: number): readonly number[] {
  const ids = dice.shuffled(Array.from({ length: 9 }, (_, i) => i + 1)).slice(0, count)
  return dice.chance(85) ? ids.toSorted((a, b) => a - b) : ids.map((id) => (dice.chance(20) ? id + 20 : id))
}

function index(dice: Dice): string {
  if (dice.chance(20)) return '_'
  return String(dice.chance(85) ? dice.int(1, 12) : dice.int(1, 100_000))
}

/** The steps of a script of the confchange folder, from an empty membership on. */
export function confChangeSteps(dice: Dice): readonly Step[] {
  const steps: Step[] = []
  // The first member of all comes alone.
  if (dice.chance(95)) steps.push(command('simple', `v${dice.int(1, 4)}`))
  const length = dice.int(6, 40)
  while (steps.length < length) steps.push(step(dice))
  return steps
}

function step(dice: Dice): Step {
  const changes = dice.chance(60) ? anyChanges(dice).slice(0, 1) : anyChanges(dice)
  const input = changes.map(([letter, id]) => `${letter}${id}`).join(' ')
  return dice.weighted([
    [45, command('simple', input)],
    [30, command(joint(dice), input)],
    [35, command('leave-joint')],
    [0.5, command('no-such-command', input)],
    [0.5, command('simple', dice.pick(['v', 'x1', 'v1 w', 'vx']))],
  ])
}

function joint(dice: Dice): string {
  return dice.chance(50) ? `enter-joint autoleave=${dice.pick(['true', 'false'])}` : 'enter-joint'
}
