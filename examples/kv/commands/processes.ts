/** The command lines of the nodes of a cluster on one machine. */

import { join } from 'node:path'

/** Which node of how many, where. */
export interface LocalNode {
  readonly id: number
  readonly count: number
  /** Node 1 answers clients at the port after it. */
  readonly port: number
  readonly directory: string
}

/** The arguments of `start` for one of them. */
export function nodeArguments({ id, count, port, directory }: LocalNode): readonly string[] {
  const peers = Array.from({ length: count }, (_, i) => `${i + 1}=127.0.0.1:${port + 1001 + i}`)
  return [
    'start',
    '--id',
    `${id}`,
    '--peers',
    peers.join(','),
    '--http',
    `127.0.0.1:${port + id}`,
    '--data',
    join(directory, `node-${id}`),
  ]
}
