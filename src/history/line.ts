/**
 * The steps that are not taken yet, in the order of their invocation, as a doubly linked list: a step is taken out, and put
 * back in the reverse order, without a search.
 *
 * Each step also runs on a track, like trains at a station: a track is free again after the deadline of the step on it. Let
 * R be the first deadline of a required step that is not taken. All steps due before R are taken, all invoked after R are
 * not, and of those between at most one is on each track. So R and the parity of the taken steps of each track say which
 * steps are taken, in as many bits as there are concurrent steps, however long the history is.
 */

import type { Step } from './step.ts'

/** A step in the line. */
export interface Entry {
  readonly step: Step
  readonly track: number
  /** An equal step that was invoked before, and may wait as long: there is no need to take this one first. */
  readonly older: Entry | null
  taken: boolean
  prev: Entry
  next: Entry
}

/** All steps; `head` and `tail` stand before the first and behind the last. */
export interface Line {
  readonly head: Entry
  readonly tail: Entry
  readonly entries: readonly Entry[]
  readonly tracks: number
}

/** Lines the steps up. */
export function makeLine(steps: readonly Step[]): Line {
  const sorted = [...steps].sort((a, b) => a.invoked - b.invoked)
  const tracks = assignTracks(sorted)
  const head = lone()
  const tail = lone()
  const entries: Entry[] = []
  const patient = new Map<string, Entry>()
  let last = head
  head.next = tail
  for (const [at, step] of sorted.entries()) {
    const name = step.required ? null : nameOf(step)
    const older = name === null ? null : (patient.get(name) ?? null)
    const entry: Entry = { step, track: tracks.of[at] as number, older, taken: false, prev: last, next: tail }
    if (name !== null) patient.set(name, entry)
    last.next = entry
    entries.push(entry)
    last = entry
  }
  tail.prev = last
  return { head, tail, entries, tracks: tracks.count }
}

/** Takes an entry out. */
export function removeEntry(entry: Entry): void {
  entry.taken = true
  entry.prev.next = entry.next
  entry.next.prev = entry.prev
}

/** Puts the entry back that was taken out last. */
export function restoreEntry(entry: Entry): void {
  entry.taken = false
  entry.prev.next = entry
  entry.next.prev = entry
}

function lone(): Entry {
  const entry = { step: nothing, track: 0, older: null, taken: true } as unknown as Entry
  entry.prev = entry
  entry.next = entry
  return entry
}

const nothing: Partial<Step> = { kind: 'observe', invoked: Infinity }

/** Which steps do the same. */
function nameOf({ kind, from, to, operation }: Step): string {
  const element = operation.kind === 'append' ? JSON.stringify(operation.input) : ''
  return `${kind} ${from?.id ?? ''} ${to?.id ?? ''} ${element}`
}

/** @param sorted - by invocation */
function assignTracks(sorted: readonly Step[]): { readonly of: readonly number[]; readonly count: number } {
  const trackOf = new Map<Step, number>()
  const byDeadline = [...sorted].sort((a, b) => a.deadline - b.deadline)
  const free: number[] = []
  let over = 0
  let count = 0
  const of = sorted.map((step) => {
    // Who is due before this one is invoked stands before it in `sorted` too, and has its track.
    for (
      let due = byDeadline[over];
      due !== undefined && due.deadline < step.invoked;
      due = byDeadline[++over]
    )
      free.push(trackOf.get(due) as number)
    const track = free.pop() ?? count++
    trackOf.set(step, track)
    return track
  })
  return { of, count }
}
