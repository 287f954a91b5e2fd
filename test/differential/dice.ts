/** Random choices. All that is random about a script comes from one of these, hence from its seed. */

import { seededRandom } from '../../src/core/random.ts'

/** Something to choose, and how often compared with the others. */
export type Weighted<T> = readonly [weight: number, choice: T]

/** Throws the same in the same order for the same seed. */
export class Dice {
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  /** A whole number from `low` to `high`, both included; `low` if there is none. */
  int(low: number, high: number): number {
    return high <= low ? low : low + Math.floor(this.#random() * (high - low + 1))
  }

  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean {
    return this.#random() * 100 < percent
  }

  /** One of several. */
  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.int(0, choices.length - 1)] as T
  }

  /** One of however many there are; `otherwise` of none. */
  pickOr<T>(choices: readonly T[], otherwise: T): T {
    const [first, ...rest] = choices
    return first === undefined ? otherwise : this.pick([first, ...rest])
  }

  /** One of several, by weight. */
  weighted<T>(choices: readonly [Weighted<T>, ...Weighted<T>[]]): T {
    const total = choices.reduce((sum, [weight]) => sum + weight, 0)
    let at = this.#random() * total
    for (const [weight, choice] of choices) {
      at -= weight
      if (at < 0) return choice
    }
    return choices[0][1]
  }

  /** `count` of several, or all if there are not as many, in their order. */
  some<T>(choices: readonly T[], count: number): readonly T[] {
    const chosen = new Set(this.shuffled([...choices.keys()]).slice(0, count))
    return choices.filter((_, i) => chosen.has(i))
  }

  /** All of several, in any order. */
  shuffled<T>(choices: readonly T[]): readonly T[] {
    return choices
      .map((choice) => ({ choice, key: this.#random() }))
      .sort((a, b) => a.key - b.key)
      .map(({ choice }) => choice)
  }
}
