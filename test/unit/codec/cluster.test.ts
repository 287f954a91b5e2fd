import { expect, test } from 'vitest'
import type { PeerMessage } from 'quorate'
import { MessageCodec, type MessageCodecOptions } from 'quorate/codec'
import { Cluster } from '../../support/cluster.ts'

/** A cluster whose messages are bytes on their way. */
class WiredCluster extends Cluster {
  readonly seen = new Set<string>()
  readonly #codec: MessageCodec

  constructor(options: MessageCodecOptions) {
    super({ voters: 3, spares: 1 })
    this.#codec = new MessageCodec(options)
  }

  override carry(message: PeerMessage): void {
    this.seen.add(message.type)
    super.carry(this.#codec.decode(this.#codec.encode(message)))
  }
}

test.each([{}, { cluster: 'orders' }, { dialect: 'raft-rs' }] as const)(
  'a cluster whose every message is encoded and decoded lives as one whose messages are passed on: %o',
  (options) => {
    const cluster = new WiredCluster(options)
    cluster.elect(1)
    cluster.propose(1, 'a')
    cluster.propose(2, 'b')
    cluster.settle()
    cluster.read(2, 'read')
    cluster.settle()

    cluster.partition(3)
    for (const command of ['c', 'd', 'e']) {
      cluster.propose(1, command)
      cluster.settle()
    }
    expect(cluster.server(1).compact(0)).toBe(true)
    cluster.heal()
    cluster.tick(3)
    expect(cluster.log(3)).toEqual(['a', 'b', 'c', 'd', 'e'])

    cluster.change(2, {
      version: 2,
      transition: 'implicit',
      changes: [
        { type: 'AddNode', nodeId: 4 },
        { type: 'AddLearnerNode', nodeId: 3 },
      ],
      context: null,
    })
    cluster.settle()
    cluster.tick(3)
    expect(cluster.server(4).node.status().confState).toMatchObject({ voters: [1, 2, 4], learners: [3] })

    cluster.server(2).call((node) => node.transferLeadership(4))
    cluster.settle()
    expect(cluster.role(4)).toBe('leader')
    cluster.propose(4, 'f')
    cluster.settle()
    for (const id of [1, 2, 3, 4]) expect(cluster.log(id)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(cluster.seen.size).toBe(14)
  },
)
