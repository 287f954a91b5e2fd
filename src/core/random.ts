/**
 * The seeded generator behind election timeouts (§5.2) where the caller injects none of its own.
 * Same seed, same sequence, in every engine: 32-bit integer arithmetic only.
 */

import { describeValue, UsageError } from './errors.ts'

/** A source of randomness: each call gives a number in `[0, 1)`. `Math.random` is one. */
export type Random = () => number

/**
 * A deterministic source of randomness.
 * @param seed - any safe integer; neighbouring seeds give unrelated sequences
 * @throws UsageError (`ERR_INVALID_ARGUMENT`) if it is none
 */
export function seededRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed))
    throw new UsageError(
      'ERR_INVALID_ARGUMENT',
      `Expected \`seed\` to be a safe integer, got ${describeValue(seed)}`,
      'Pass a whole number',
      seed,
    )
  // splitmix32: one 32-bit counter and a finaliser whose output bits all depend on all input bits.
  let state = (Math.imul(seed | 0, 0x85ebca6b) ^ Math.imul(Math.floor(seed / 0x1_0000_0000), 0xc2b2ae35)) | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let bits = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97)
    return ((bits ^ (bits >>> 15)) >>> 0) / 0x1_0000_0000
  }
}
