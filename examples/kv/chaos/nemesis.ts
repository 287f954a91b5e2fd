/** What goes wrong: faults at random times, some at the same time, each undone after a while. */

import { pairs, type Rig } from './rig.ts'

/** Numbers from 0 to 1, without it. */
export type Random = () => number

/** A fault that was begun. */
interface Fault {
  readonly name: string
  /** Undoes it. */
  readonly undo: () => void
}

type Kind = (rig: Rig, random: Random, leader: number | null) => Fault

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

/** The leader as often as anybody else: it is where most can go wrong. */
const victim = (rig: Rig, random: Random, leader: number | null): number =>
  leader !== null && random() < 0.5 ? leader : pick(random, rig.ids)

const open = { mode: 'open', delayMs: 0 } as const

const kinds: readonly Kind[] = [
  (rig, random, leader) => {
    const id = victim(rig, random, leader)
    rig.kill(id)
    return {
      name: 'kill -9',
      undo: () => {
        rig.startNode(id)
      },
    }
  },
  (rig, random, leader) => {
    const id = victim(rig, random, leader)
    rig.pause(id)
    return {
      name: 'pause',
      undo: () => {
        rig.resume(id)
      },
    }
  },
  // One node cut off, or some from the others; connections broken, or swallowing everything.
  (rig, random, leader) => {
    const first = victim(rig, random, leader)
    const others = rig.ids.filter((id) => id !== first)
    const side = random() < 0.5 ? [first] : [first, pick(random, others)]
    const links = pairs(rig.ids).filter(({ from, to }) => side.includes(from) !== side.includes(to))
    const mode = random() < 0.5 ? 'cut' : 'hole'
    rig.links(links, { mode, delayMs: 0 })
    return {
      name: `partition, ${mode === 'cut' ? 'connections broken' : 'silent'}`,
      undo: () => {
        rig.links(links, open)
      },
    }
  },
  // Only one direction: a node that is heard and does not hear, or the other way round.
  (rig, random, leader) => {
    const id = victim(rig, random, leader)
    const isDeaf = random() < 0.5
    const links = pairs(rig.ids).filter(({ from, to }) => (isDeaf ? to : from) === id)
    rig.links(links, { mode: 'hole', delayMs: 0 })
    return {
      name: 'one-way partition',
      undo: () => {
        rig.links(links, open)
      },
    }
  },
  (rig, random) => {
    const links = pairs(rig.ids).filter(() => random() < 0.5)
    rig.links(links, { mode: 'open', delayMs: 20 + random() * 60 })
    return {
      name: 'delay',
      undo: () => {
        rig.links(links, open)
      },
    }
  },
]

/** Makes trouble until it is told to end. */
export class Nemesis {
  readonly counts = new Map<string, number>()
  readonly #rig: Rig
  readonly #random: Random
  readonly #leader: () => Promise<number | null>
  readonly #undo = new Set<() => void>()

  constructor(rig: Rig, random: Random, leader: () => Promise<number | null>) {
    this.#rig = rig
    this.#random = random
    this.#leader = leader
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0)
  }

  /** A new fault every second or so, for up to three; then, before the end, everything is undone. */
  async run(until: number, stop: AbortSignal): Promise<void> {
    while (performance.now() < until && !stop.aborted) {
      if (this.#undo.size < 2) this.#begin(await this.#leader())
      await pause(400 + this.#random() * 1200)
    }
    for (const undo of this.#undo) undo()
    this.#rig.heal()
  }

  #begin(leader: number | null): void {
    const { name, undo } = pick(this.#random, kinds)(this.#rig, this.#random, leader)
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
    const once = (): void => {
      if (this.#undo.delete(once)) undo()
    }
    this.#undo.add(once)
    setTimeout(once, 300 + this.#random() * 2700)
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
