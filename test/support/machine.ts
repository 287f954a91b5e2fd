/** A state machine whose state is the list of commands it was given: whoever got others is found out. */

import type { ConfState, Entry, LogIndex, Snapshot } from 'quorate'
import { bytes, text } from './entries.ts'

/** What a server makes of the log. */
export class Machine {
  /** The last applied index. */
  index: LogIndex = 0
  /** The commands, in order. */
  commands: string[] = []
  /** The membership as of `index`; null if only the node knows it. */
  confState: ConfState | null = null

  apply(entry: Entry): void {
    if (entry.index !== this.index + 1)
      throw new Error(`entry ${entry.index} is applied behind ${this.index}: a gap or a repetition`)
    this.index = entry.index
    if (entry.type === 'EntryNormal' && entry.data !== null) this.commands.push(text(entry.data))
  }

  /** The state as bytes. */
  save(): Uint8Array {
    return bytes(JSON.stringify(this.commands))
  }

  /** Replaces the state by that of a snapshot, or by the first one where there is none. */
  restore(snapshot: Snapshot | 'temporarily-unavailable'): void {
    const none = snapshot === 'temporarily-unavailable'
    this.index = none ? 0 : snapshot.index
    this.commands = none ? [] : commandsOf(snapshot)
    this.confState = none ? null : snapshot.confState
  }
}

/** The commands that a snapshot of a {@link Machine} stands for. */
export function commandsOf({ data }: Snapshot): string[] {
  return data.length === 0 ? [] : (JSON.parse(text(data)) as string[])
}
