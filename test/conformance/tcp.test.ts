/** TCP inside one machine keeps the contract. */

import { setTimeout } from 'node:timers/promises'
import { transportSuite } from 'quorate/testing'
import { test } from 'vitest'
import { tcpNetwork } from '../support/tcp-network.ts'

transportSuite({
  test,
  create: (ids) => tcpNetwork(ids, () => ({ maxQueueBytes: 2 ** 24 })),
  wait: setTimeout,
  patience: 5000,
  quiet: 30,
  overload: 2 ** 25,
})
