/** How a scenario ends. */

/** What a scenario expects does not hold. */
export class ExpectationError extends Error {
  override readonly name = 'ExpectationError'
}

/** The last word on a run. */
export interface Verdict {
  readonly scenario: string
  readonly nodes: number
  readonly seed: number
  /** How long it took. */
  readonly ticks: number
  /** How many expectations were met. */
  readonly checks: number
  readonly passed: boolean
  /** The first expectation that was not met; `null` if all were. */
  readonly failure: string | null
}
