import { InvariantError } from 'quorate'
import { expect, test } from 'vitest'
import { invariant, unreachable } from '../../src/core/invariant.ts'

test('what holds passes, and what does not is named', () => {
  expect(() => {
    invariant(true, 'one is one')
  }).not.toThrow()
  const act = (): void => {
    invariant(false, 'one is two (§5.3)')
  }
  expect(act).toThrow(InvariantError)
  expect(act).toThrow(/one is two \(§5\.3\)/)
  expect(act).toThrow(expect.objectContaining({ code: 'ERR_INVARIANT' }))
})

test('a case that nobody thought of is told', () => {
  expect(() => unreachable({ type: 'MsgNone' } as never)).toThrow(/unreachable case: {"type":"MsgNone"}/)
})
