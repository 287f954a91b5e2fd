/** A script from a seed: the same one for the same seed, on every machine. */

import { Dice } from './dice.ts'
import { confChangeSteps, quorumSteps } from './generate-arithmetic.ts'
import { interactionSteps } from './generate-interaction.ts'
import type { Folder, Script, Step } from './script.ts'

const generators: Readonly<Record<Folder, (dice: Dice) => readonly Step[]>> = {
  interaction: interactionSteps,
  quorum: quorumSteps,
  confchange: confChangeSteps,
}

/** As many scripts as a run can have: the seed of a script is that of the run, and its number behind it. */
export const maxScripts = 1_000_000

/** The seed of the script with `number`, counted from 0, of the run with `seed`. */
export function scriptSeed(seed: number, number: number): number {
  return seed * maxScripts + number
}

/** The script of a seed. Most are about clusters. */
export function generate(seed: number): Script {
  const dice = new Dice(seed)
  const folder = dice.weighted<Folder>([
    [90, 'interaction'],
    [5, 'quorum'],
    [5, 'confchange'],
  ])
  return { folder, steps: generators[folder](dice) }
}
