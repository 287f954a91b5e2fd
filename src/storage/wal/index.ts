/**
 * quorate/wal: the log of a node on disk, and a store for snapshots that are too large to be carried in memory. Needs Node.
 *
 * @module quorate/wal
 */

export { WalStorage } from './wal-storage.ts'
export type { WalOptions } from './wal-options.ts'
export { WalError, type WalErrorCode, type WalErrorPlace } from './wal-error.ts'
export type { TornTail } from './recovery.ts'
export type { FileCall, FileHandle, FileSystem } from './file-system.ts'
export { SnapshotFiles, type SnapshotFilesOptions } from './snapshot-files.ts'
export { nodeFileSystem } from './node-file-system.ts'
