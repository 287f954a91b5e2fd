/** What is to happen, by time. What is set for the same moment happens in the order in which it was set. */

/** Simulated microseconds since the start; a whole number. */
export type Micros = number

interface Appointment {
  readonly at: Micros
  readonly serial: number
  readonly run: () => void
}

/** A binary heap of appointments. */
export class Agenda {
  readonly #heap: Appointment[] = []
  #serial = 0
  #now: Micros = 0

  /** The time of what happened last. */
  get now(): Micros {
    return this.#now
  }

  /** How many have happened. */
  get done(): number {
    return this.#serial - this.#heap.length
  }

  /** Lets `run` happen `delay` from now. */
  after(delay: Micros, run: () => void): void {
    const heap = this.#heap
    const appointment = { at: this.#now + delay, serial: this.#serial++, run }
    let slot = heap.length
    heap.push(appointment)
    while (slot > 0) {
      const parent = (slot - 1) >> 1
      const above = heap[parent] as Appointment
      if (!isBefore(appointment, above)) break
      heap[slot] = above
      slot = parent
    }
    heap[slot] = appointment
  }

  /** Lets the next happen, if it is due until then. Answers whether it was. */
  runNext(until: Micros): boolean {
    const next = this.#heap[0]
    if (next === undefined || next.at > until) {
      this.#now = Math.max(this.#now, until)
      return false
    }
    this.#removeFirst()
    this.#now = next.at
    next.run()
    return true
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop() as Appointment
    const { length } = heap
    if (length === 0) return
    let slot = 0
    for (;;) {
      let child = 2 * slot + 1
      if (child >= length) break
      if (child + 1 < length && isBefore(heap[child + 1] as Appointment, heap[child] as Appointment)) child++
      const below = heap[child] as Appointment
      if (!isBefore(below, last)) break
      heap[slot] = below
      slot = child
    }
    heap[slot] = last
  }
}

function isBefore(a: Appointment, b: Appointment): boolean {
  return a.at < b.at || (a.at === b.at && a.serial < b.serial)
}
