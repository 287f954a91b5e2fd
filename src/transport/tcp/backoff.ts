/** How long to wait before a peer is tried again: longer from time to time, and never all nodes at the same moment. */

export class Backoff {
  readonly #min: number
  readonly #max: number
  #next: number

  constructor({ min, max }: { readonly min: number; readonly max: number }) {
    this.#min = min
    this.#max = max
    this.#next = min
  }

  /** Milliseconds to wait now: from a half to all of what it has grown to. */
  wait(): number {
    const full = this.#next
    this.#next = Math.min(2 * full, this.#max)
    return full * (0.5 + Math.random() / 2)
  }

  /** It worked: the next wait is a short one. */
  reset(): void {
    this.#next = this.#min
  }
}
