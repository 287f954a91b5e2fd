/**
 * quorate/testing: tools for whoever tests a replicated service. `checkLinearizability` says whether a history of what clients
 * did could have come from a service that does one thing at a time. Runs in Node and in browsers.
 *
 * @module quorate/testing
 */

export { checkLinearizability, type CheckOptions, type Verdict } from '../history/check.ts'
export type { Violation } from '../history/witness.ts'
export { type Call, HistoryRecorder, type OpenOperation } from '../history/recorder.ts'
export { formatHistory, parseHistory } from '../history/history-file.ts'
export { HistoryError, type Place } from '../history/history-error.ts'
export type {
  AppendOperation,
  CasOperation,
  Operation,
  OperationBase,
  OperationKind,
  ReadListOperation,
  ReadOperation,
  Value,
  WriteOperation,
} from '../history/operation.ts'
