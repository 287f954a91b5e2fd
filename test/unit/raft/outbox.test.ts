import { expect, test } from 'vitest'
import { Outbox } from '../../../src/core/raft/outbox.ts'
import { message } from '../../support/messages.ts'

test('messages are taken out once, each queue in the order they were said', () => {
  const outbox = new Outbox()
  expect(outbox.isEmpty).toBe(true)
  const [first, second, promise] = [message('MsgProp'), message('MsgReadIndex'), message('MsgVoteResp')]
  outbox.send(first)
  outbox.sendAfterPersist(promise)
  outbox.send(second)

  expect(outbox.isEmpty).toBe(false)
  expect(outbox.takeNow()).toEqual([first, second])
  expect(outbox.isEmpty).toBe(false)
  expect(outbox.takeAfterPersist()).toEqual([promise])
  expect(outbox.isEmpty).toBe(true)
  expect([outbox.takeNow(), outbox.takeAfterPersist()]).toEqual([[], []])
})
