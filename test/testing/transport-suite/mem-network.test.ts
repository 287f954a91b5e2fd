/** A network in memory keeps the contract, in real time and in simulated time. */

import { transportSuite } from 'quorate/testing'
import { describe, test } from 'vitest'
import { MemNetwork, realClock, SimulatedClock } from './mem-network.ts'

const clocks = [
  ['a network in real time', realClock],
  ['a network in simulated time', new SimulatedClock()],
] as const

describe.each(clocks)('%s', (_, clock) => {
  transportSuite({
    test,
    create: () => new MemNetwork(clock),
    wait: (milliseconds) => clock.wait(milliseconds),
    quiet: 10,
    overload: 2 ** 24,
  })
})
