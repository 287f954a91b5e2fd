/**
 * quorate/testing: tools for whoever tests a replicated service, or brings a part of one. `checkLinearizability` says whether a
 * history of what clients did could have come from a service that does one thing at a time. `storageSuite` and `transportSuite`
 * say whether a storage or a transport of your own keeps its contract. Runs in Node and in browsers.
 *
 * @module quorate/testing
 */

export { storageSuite, type StorageSuiteOptions } from './storage-suite/storage-suite.ts'
export type { StorageFunctions } from './storage-suite/bench.ts'
export { transportSuite, type TransportSuiteOptions } from './transport-suite/transport-suite.ts'
export type { TransportFunctions, TransportNetwork } from './transport-suite/bench.ts'
export type { TestFunction } from './register.ts'
export type { Eventually } from './steps.ts'
export { ConformanceError } from './assert.ts'

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
