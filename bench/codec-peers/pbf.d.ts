/** What is used of the generated code. */

import type { PbfReader, PbfWriter } from 'pbf'
import type { Append } from './append.ts'

export declare function readMessage(pbf: PbfReader): Append
export declare function writeMessage(message: Append, pbf: PbfWriter): void
