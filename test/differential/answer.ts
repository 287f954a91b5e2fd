/** What the reference says to a script. The other side of this is in reference/serve_test.go. */

/** How far a cluster got. */
export interface Facts {
  /** Elections that were won. */
  readonly leaders: number
  /** Entries that were committed. */
  readonly committed: number
  /** Changes of the membership that were made. */
  readonly confChanges: number
  readonly joint: boolean
  readonly learners: boolean
  /** Snapshots that were installed. */
  readonly snapshots: number
  /** The first command, counted from 0, by which two nodes came to lead the same term; -1 if that did not happen. */
  readonly rivals: number
}

/** Why a script went no further: the command behind the last output was the last one, and is not compared. */
export interface End {
  /**
   * `panic`: the reference gave up. `endless`: the command does not end. `regressed`: a node fell back to an earlier term.
   * `refused`: the command is not one of the language.
   */
  readonly kind: 'panic' | 'endless' | 'regressed' | 'refused'
  readonly text: string
}

/** The reference's outputs for a script. */
export interface Answer {
  /** One per command, up to the end. */
  readonly outputs: readonly string[]
  /** Null if all commands were carried out. */
  readonly end: End | null
  /** Null for scripts without a cluster. */
  readonly facts: Facts | null
}

/** A line of what the reference's process prints, and whether it has ended with it. */
export interface Line extends Answer {
  readonly last: boolean
}

/** Reads a line that the reference's process has printed; null for what the testing package says. */
export function parseLine(text: string): Line | null {
  return text.startsWith('{') ? (JSON.parse(text) as Line) : null
}
