/** `--json`: every event of the eight kinds as one line, as documented in events.ts. The verdict is the exit code. */

import { eventKinds } from './events.ts'
import type { Output } from './scenario.ts'
import { verdictText, type Write } from './story.ts'

/** Writes a run as a stream of JSON objects. */
export function jsonOutput(write: Write, say: Write): Output {
  const print = (value: object): void => write(JSON.stringify(value))
  return {
    begin() {
      // The verdict says which run it was.
    },
    listen(events) {
      for (const kind of eventKinds) events.on(kind, print)
    },
    step() {
      // Words are for people.
    },
    end(_nodes, verdict) {
      if (!verdict.passed) say(verdictText(verdict))
    },
  }
}
