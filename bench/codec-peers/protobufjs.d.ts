/** What is used of the generated code. */

import type { Append } from './append.ts'

interface Finished {
  finish(): Uint8Array
}

export declare const bench: {
  readonly Message: {
    encode(message: Append): Finished
    decode(bytes: Uint8Array): Append
  }
}
