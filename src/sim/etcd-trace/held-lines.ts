/** Lines that wait a little: a message that leaves late is to be told of where it was made. */

import type { LogIndex } from '../../core/types.ts'
import type { EtcdEvent } from './event.ts'

/** Receives each line, without its end. */
export type LineSink = (line: string) => void

/** What a leader had heard of its followers when something happened. */
export type Matches = ReadonlyMap<string, LogIndex>

interface Held {
  readonly at: number
  readonly event: EtcdEvent
  readonly matches: Matches
}

/** How many wait. */
const most = 64

/** `validate.sh` of the reference sorts lines, as text, by the number behind their second colon. */
const firstLine = 1_000_000_000

/** Writes events as lines of JSON, in their order. */
export class HeldLines {
  readonly #clock: { readonly now: number }
  readonly #sink: LineSink
  readonly #held: Held[] = []
  #lines = firstLine

  constructor(clock: { readonly now: number }, sink: LineSink) {
    this.#clock = clock
    this.#sink = sink
  }

  push(event: EtcdEvent, matches: Matches): void {
    this.#held.push({ at: this.#clock.now, event, matches })
    if (this.#held.length > most) this.#write(this.#held.shift() as Held)
  }

  /** Puts an event behind the last one that fits, with the state of then; behind all others if none fits. */
  pushBehind(event: EtcdEvent, matches: Matches, fits: (one: EtcdEvent, matches: Matches) => boolean): void {
    const found = fits(event, matches) ? -1 : this.#held.findLastIndex((one) => fits(one.event, one.matches))
    if (found < 0) return this.push(event, matches)
    const { at, event: then, matches: ofThen } = this.#held[found] as Held
    const { state, role, log, conf } = then
    const made = { at, event: { ...event, state, role, log, conf }, matches: ofThen }
    this.#held.splice(found + 1, 0, made)
  }

  /** Writes what is left. */
  end(): void {
    for (const one of this.#held.splice(0)) this.#write(one)
  }

  #write({ at, event }: Held): void {
    this.#sink(JSON.stringify({ level: 'debug', ts: this.#lines++, tag: 'trace', at, event }))
  }
}
