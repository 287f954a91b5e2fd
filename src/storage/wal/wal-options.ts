/** The options of a log on disk, checked once. */

import { OptionsError } from '../../core/errors.ts'
import type { Bytes, NodeId } from '../../core/types.ts'
import { isNodeId } from '../../core/validity.ts'
import type { FileSystem } from './file-system.ts'
import { nodeFileSystem } from './node-file-system.ts'

/** How to open a log. */
export interface WalOptions {
  /** Where its files are. It is made if it is not there, and should hold nothing else. */
  readonly directory: string
  /** The cluster that the node is part of: 1 to 200 bytes of UTF-8. A directory of another one is refused. */
  readonly cluster: string
  /** The node whose log it is. A directory of another one is refused. */
  readonly node: NodeId
  /**
   * The size of a file of the log, in bytes: 4 KiB to 1 GiB. What is compacted is given back file by file.
   * @defaultValue 64 MiB
   */
  readonly segmentSize?: Bytes | undefined
  /**
   * What is done if the last record is damaged and it cannot be told whether its write was torn by a power cut or something durable
   * has rotted. `strict` refuses to open. `lenient` drops the record: if it was durable, this node has forgotten entries that it
   * acknowledged, or a vote that it gave, and the cluster may lose committed entries.
   * @defaultValue `'strict'`
   */
  readonly tornTail?: 'strict' | 'lenient' | undefined
  /**
   * What the log's files are on; for tests.
   * @defaultValue the file system of the machine
   */
  readonly fileSystem?: FileSystem | undefined
}

/** All of them, with what was left out. */
export type ResolvedWalOptions = { readonly [Name in keyof WalOptions]-?: NonNullable<WalOptions[Name]> }

const names: readonly string[] = ['directory', 'cluster', 'node', 'segmentSize', 'tornTail', 'fileSystem']

/** @throws OptionsError if one is unknown, missing or out of range */
export function resolveWalOptions(value: WalOptions): ResolvedWalOptions {
  if (typeof (value as unknown) !== 'object' || (value as unknown) === null)
    throw new OptionsError('options', 'an object', value, 'Pass at least directory, cluster and node')
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new OptionsError(unknown, `one of ${names.join(', ')}`, unknown, 'Correct its name or leave it out')
  const { directory, cluster, node } = value
  const { segmentSize = 64 * 2 ** 20, tornTail = 'strict', fileSystem = nodeFileSystem } = value
  checkText('directory', directory, 'a path', 4096)
  checkText('cluster', cluster, 'a text of 1 to 200 bytes', 200)
  if (!isNodeId(node)) throw new OptionsError('node', 'a safe integer >= 1', node)
  if (!Number.isSafeInteger(segmentSize) || segmentSize < 4096 || segmentSize > 2 ** 30)
    throw new OptionsError('segmentSize', 'a whole number from 4096 to 2^30', segmentSize)
  if (!['strict', 'lenient'].includes(tornTail))
    throw new OptionsError('tornTail', '"strict" or "lenient"', tornTail)
  if (typeof (fileSystem as Partial<FileSystem>).run !== 'function')
    throw new OptionsError('fileSystem', 'a FileSystem', fileSystem)
  return { directory, cluster, node, segmentSize, tornTail, fileSystem }
}

function checkText(name: string, value: unknown, expected: string, most: number): void {
  const length = typeof value === 'string' ? new TextEncoder().encode(value).length : 0
  if (length === 0 || length > most || (value as string).includes('\0'))
    throw new OptionsError(name, expected, value)
}
