/**
 * quorate/sim: clusters of RawNodes in one process, with simulated clocks, disks and networks that go wrong, and clients whose
 * history is checked. A run follows from its seed. Nothing here waits.
 *
 * @module quorate/sim
 */

export { type Failure, type Outcome, simulate } from './run.ts'
export { drawSetup, type RaftSetup, type RecoverySetup, type Setup } from './setup.ts'
export { type Milestone, milestones, type Sight } from './milestones.ts'
export { type FaultKind, faultKinds, type FaultRates } from './faults.ts'
export { shrink, type ShrinkOptions, type Shrunk } from './shrink.ts'
export type { SimulationOptions } from './simulation.ts'
export type { TraceLine, TraceSink } from './recorder.ts'
export type { Operation as SimulatedOperation } from './clients.ts'
export type { CommandKind } from './machine.ts'
