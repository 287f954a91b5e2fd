/** What a run has covered, and what it has left out. */

import type { Case } from '../conformance-scripts/datadriven.ts'
import type { Answer } from './answer.ts'
import type { Comparison } from './compare.ts'
import { whyKnown } from './known.ts'
import type { Folder } from './script.ts'

/** How often, and where to see it. */
export interface Sighting {
  count: number
  readonly scriptSeed: number
}

/** How many scripts about clusters got how far. */
const milestones = {
  'elected a leader': ({ leaders }) => leaders > 0,
  'elected several': ({ leaders }) => leaders > 1,
  'committed something': ({ committed }) => committed > 0,
  'committed 10 entries or more': ({ committed }) => committed >= 10,
  'changed the membership': ({ confChanges }) => confChanges > 0,
  'had a joint configuration': ({ joint }) => joint,
  'got a learner': ({ learners }) => learners,
  'installed a snapshot': ({ snapshots }) => snapshots > 0,
} as const satisfies Record<string, (facts: NonNullable<Answer['facts']>) => boolean>

/** Counts, script by script. */
export class Tally {
  readonly folders = new Map<Folder, number>()
  /** Commands on which both agree, by name. */
  readonly commands = new Map<string, number>()
  /** Options of nodes, by name. */
  readonly options = new Map<string, number>()
  /** Messages that were printed, by type. */
  readonly messages = new Map<string, number>()
  readonly reached = new Map<string, number>(Object.keys(milestones).map((name) => [name, 0]))
  /** Scripts that are compared to their end. */
  whole = 0
  /** Scripts that are compared up to some command, by why. */
  readonly cut = new Map<string, Sighting>()
  readonly divergent: number[] = []

  get scripts(): number {
    return [...this.folders.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Takes in what came of a script. */
  add(scriptSeed: number, folder: Folder, answer: Answer, comparison: Comparison): void {
    increase(this.folders, folder)
    for (const one of comparison.agreed) this.#addCommand(folder, one)
    for (const [name, isReached] of Object.entries(milestones))
      if (answer.facts !== null && isReached(answer.facts)) increase(this.reached, name)
    const why = whyCut(answer, comparison)
    if (why !== null) this.cutShort(scriptSeed, why)
    else if (comparison.divergence === null) this.whole++
    else this.divergent.push(scriptSeed)
  }

  /** Counts a script that is not compared to its end. */
  cutShort(scriptSeed: number, why: string): void {
    const seen = this.cut.get(why)
    if (seen === undefined) this.cut.set(why, { count: 1, scriptSeed })
    else seen.count++
  }

  #addCommand(folder: Folder, { command, args, expected }: Case): void {
    increase(this.commands, folder === 'interaction' ? command : `${folder}: ${command}`)
    if (command === 'add-nodes')
      for (const { key, values } of args) if (values !== null) increase(this.options, key)
    for (const [, type = ''] of expected.matchAll(/->\w+ (Msg\w+)/g)) increase(this.messages, type)
  }
}

function whyCut(answer: Answer, comparison: Comparison): string | null {
  const reason = whyKnown(comparison, answer)
  if (reason !== null) return `they differ for a known reason, ${reason}`
  const { divergence, end } = comparison
  if (divergence !== null || end === null) return null
  // Without the numbers, and the first line only: the same panic is the same class.
  const [text = ''] = end.text.split('\n', 1)
  const what = text.replace(/-?\d+/g, 'N').slice(0, 90)
  switch (end.kind) {
    case 'panic':
      return `the reference panics: ${what}`
    case 'regressed':
      return `the reference falls back to an earlier term: ${what}`
    case 'endless':
      return `neither comes to an end: ${what}`
    case 'refused':
      return `not a command of the language: ${what}`
    default:
      return end.kind satisfies never
  }
}

function increase<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
