/**
 * The seeded bugs. Each is one that somebody has had or could have: a search-and-replace on the source, and the invariants
 * that should notice. Numbers as in the literature of this project (M01-M50); A and B are two more.
 */

import { bugsInAgreement } from './bugs-in-agreement.ts'
import { bugsInChange } from './bugs-in-change.ts'

/** One bug. */
export interface Mutant {
  readonly id: string
  /** The mistake, in one sentence. */
  readonly what: string
  readonly file: string
  /** What is replaced: it must be in the file exactly once. */
  readonly find: string
  readonly replace: string
}

export const mutants: readonly Mutant[] = [...bugsInAgreement, ...bugsInChange]
