/** What a command of the tool is. */

import type { Arguments, Flags } from '../arguments.ts'

/** Where a command writes to. */
export interface Terminal {
  readonly out: (text: string) => void
  readonly error: (text: string) => void
  /** Is somebody looking, at how many columns and rows? `null` if it goes into a file or a pipe. */
  readonly screen: { readonly columns: number; readonly rows: number } | null
  /** Aborted when the user, or the system, asks the process to end. */
  readonly stop: AbortSignal
}

/** 0 for done, 1 for not found or refused, 2 for a wrong command line or nobody who answers. */
export type ExitCode = 0 | 1 | 2

export interface Command {
  /** Of the arguments that are no flags; those in brackets may be left out. */
  readonly names: readonly string[]
  readonly flags: Flags
  /** One line for the overview. */
  readonly summary: string
  /** More lines: what the flags mean. */
  readonly help: readonly string[]
  run(args: Arguments, terminal: Terminal): Promise<ExitCode>
}
