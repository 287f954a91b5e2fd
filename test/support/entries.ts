/** Entries, payloads and configurations in short notation. */

import type { ConfState, Entry, EntryNormal, LogIndex, NodeId, Snapshot, Term } from 'quorate'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A payload. */
export function bytes(content: string): Uint8Array {
  return encoder.encode(content)
}

/** What a payload says. */
export function text(data: Uint8Array): string {
  return decoder.decode(data)
}

/** One command at one place. */
export function entry(index: LogIndex, term: Term, data: string | null = `${index}@${term}`): EntryNormal {
  return { type: 'EntryNormal', term, index, data: data === null ? null : bytes(data) }
}

/** Entries from `first` on, one for each term. */
export function entriesOf(terms: readonly Term[], first: LogIndex = 1): EntryNormal[] {
  return terms.map((term, i) => entry(first + i, term))
}

/** The terms of entries, in order: enough to tell logs apart. */
export function termsOf(entries: readonly Entry[]): Term[] {
  return entries.map(({ term }) => term)
}

/** A configuration by its parts; voters 1 to 3 if nothing is said. */
export function confState(parts: Partial<ConfState> = {}): ConfState {
  return { voters: [1, 2, 3], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false, ...parts }
}

/** A snapshot of nothing in particular. */
export function snapshotAt(index: LogIndex, term: Term, voters: readonly NodeId[] = [1, 2, 3]): Snapshot {
  return { index, term, confState: confState({ voters }), data: bytes(`state at ${index}`) }
}
