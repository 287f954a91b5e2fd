import { expect, test } from 'vitest'
import { decodeMessage, encodeMessage, messageSize } from 'quorate/codec'
import { everyMessage } from '../../../src/testing/transport-suite/messages.ts'

test.each(everyMessage(2, 3, 4).map((m, i) => [i, m.type, m] as const))(
  'every %s %s comes back',
  (_, __, m) => {
    const bytes = encodeMessage(m)
    expect(bytes.length).toBe(messageSize(m))
    expect(decodeMessage(bytes)).toEqual(m)
  },
)
