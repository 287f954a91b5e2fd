/**
 * Chance. A stream is a counter behind a hash, so that what one draws does not depend on how often another was asked: to
 * leave one fault out changes what follows from it and nothing else. Integers only: the same numbers in every engine.
 */

/** Parts per million. */
export type Ppm = number

/** One stream of chance. */
export class Dice {
  readonly #key: number
  #drawn = 0

  /** @param key - same key, same sequence */
  constructor(key: number) {
    this.#key = key | 0
  }

  /** How many numbers were drawn so far: together with the stream it names a draw. */
  get drawn(): number {
    return this.#drawn
  }

  /** Another stream, of its own for each name and pair of numbers. It does not matter what was drawn before. */
  fork(name: string, a = 0, b = 0): Dice {
    let key = mix(this.#key, name.length)
    for (let i = 0; i < name.length; i++) key = mix(key, name.charCodeAt(i))
    return new Dice(mix(mix(key, a), b))
  }

  /** A whole number from 0 to `2 ** 32 - 1`. */
  next(): number {
    return mix(this.#key, this.#drawn++) >>> 0
  }

  /** A whole number from 0 to `n - 1`. */
  below(n: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * n)
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  /** True so many times in a million. */
  chance(ppm: Ppm): boolean {
    return ppm > 0 && this.below(1_000_000) < ppm
  }

  /** One of them; they must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }

  /** Some of them, in their order: each with an even chance. */
  some<T>(items: readonly T[]): T[] {
    return items.filter(() => this.below(2) === 0)
  }

  /** A time until something that happens every `mean` on average, at any moment alike: at least 1, at most five times the mean. */
  wait(mean: number): number {
    const quantile = exponential[this.below(exponential.length)] as number
    return Math.max(1, Math.floor((mean * quantile) / 1000))
  }
}

/** Two 32-bit numbers into one, each of whose bits depends on all bits of both. */
export function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad)
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97)
  return hash ^ (hash >>> 15)
}

/**
 * The quantiles of the exponential distribution in thousandths of its mean, at 1/128, 3/128, ... 127/128. A table, because the
 * last digit of a logarithm is not the same in every engine.
 */
const exponential: readonly number[] = [
  8, 24, 40, 56, 73, 90, 107, 125, 143, 161, 179, 198, 217, 237, 257, 277, 298, 319, 341, 363, 386, 409, 433,
  458, 483, 508, 535, 562, 589, 618, 647, 678, 709, 741, 774, 809, 845, 882, 920, 960, 1002, 1045, 1091, 1138,
  1188, 1241, 1297, 1356, 1418, 1485, 1556, 1633, 1717, 1808, 1908, 2019, 2144, 2287, 2454, 2655, 2906, 3243,
  3753, 4852,
]
