/** The node's clock: ticks by the monotonic time, however late the timer is. */

/** Milliseconds of a clock that never goes back. */
export type Now = () => number

/** Calls `tick` as often as the time says. */
export class Ticker {
  readonly #now: Now
  readonly #interval: number
  readonly #tick: () => void
  readonly #bound: () => number
  #timer: ReturnType<typeof setInterval> | null = null
  #last = 0

  /**
   * @param interval - milliseconds of a tick
   * @param bound - how many ticks may be made up at once, of those that were missed
   */
  constructor(now: Now, interval: number, tick: () => void, bound: () => number) {
    this.#now = now
    this.#interval = interval
    this.#tick = tick
    this.#bound = bound
  }

  start(): void {
    this.#last = this.#now()
    this.#timer = setInterval(() => {
      this.catchUp()
    }, this.#interval)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  /**
   * Ticks for the time that has passed. Called before anything from outside is looked at, too: after the process stood still, a
   * leader must know that its lease is over before it answers the read that is first in the queue (thesis §6.4.1).
   */
  catchUp(): void {
    if (this.#timer === null) return
    const due = Math.floor((this.#now() - this.#last) / this.#interval)
    if (due <= 0) return
    this.#last += due * this.#interval
    for (let left = Math.min(due, this.#bound()); left > 0; left--) this.#tick()
  }
}
