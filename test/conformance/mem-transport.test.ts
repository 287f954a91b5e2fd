/** The network inside one process keeps the contract, at its own pace and at that of promises. */

import { setTimeout } from 'node:timers/promises'
import { MemNetwork, MemTransport } from 'quorate'
import { transportSuite } from 'quorate/testing'
import { describe, test } from 'vitest'

const networks = [
  ['as it is', undefined],
  ['by promises', (call: () => void) => void Promise.resolve().then(call)],
] as const

describe.each(networks)('a network in memory, %s', (_, later) => {
  transportSuite({
    test,
    create: () => {
      const network = new MemNetwork({ later, maxQueued: 1000 })
      return { open: () => new MemTransport(network) }
    },
    wait: setTimeout,
    quiet: 10,
    overload: 2 ** 27,
  })
})
