import { describe, expect, test } from 'vitest'
import { app, appended, entry, noOp, objection, Scene, snap, vote } from './scene.ts'

const beat = { type: 'MsgHeartbeat', from: 1, to: 2, term: 2, commit: 2, context: null } as const

describe('what a leader says', () => {
  test('only who was elected speaks as a leader (§5.2)', () => {
    const s = new Scene()
    s.elect()
    expect(objection(() => s.send(app([1, 3], 2, [1, 1], [noOp(2, 2)])))).toBeNull()
    expect(objection(() => s.send(app([2, 3], 2, [1, 1])))).toMatch(/which 1 was elected for/)
  })

  test('entries of its own log, and what it has committed (§5.3)', () => {
    const s = new Scene()
    s.elect()
    expect(objection(() => s.send(app([1, 3], 2, [1, 1], [entry(2, 3)])))).toMatch(/sends 3\/2/)
    expect(objection(() => s.send(app([1, 3], 2, [1, 2])))).toMatch(/names 2\/1/)
    expect(objection(() => s.send(app([1, 3], 2, [1, 1], [], 2)))).toMatch(/tells 3 that 2 is committed/)
  })

  test('a heartbeat tells of no more than the follower has acknowledged', () => {
    const s = new Scene()
    s.commit()
    expect(objection(() => s.send(beat))).toBeNull()
    expect(objection(() => s.send({ ...beat, to: 3 }))).toMatch(/3 has acknowledged 0/)
  })

  test('a read is answered when something of the term is committed (§8)', () => {
    const answer = {
      type: 'MsgReadIndexResp',
      from: 1,
      to: 2,
      term: 2,
      index: 1,
      context: new Uint8Array(),
    } as const
    const s = new Scene()
    s.elect()
    expect(objection(() => s.send(answer))).toMatch(/answers a read/)
    const t = new Scene()
    t.commit()
    expect(objection(() => t.send({ ...answer, index: 2 }))).toBeNull()
  })

  test('a snapshot stands for what is committed, with the membership of then (§7)', () => {
    const s = new Scene()
    s.commit()
    const snapshot = { index: 2, term: 2, confState: s.config, data: new Uint8Array() }
    expect(objection(() => s.send(snap(1, 3, 2, snapshot)))).toBeNull()
    expect(objection(() => s.send(snap(1, 3, 2, { ...snapshot, index: 3 })))).toMatch(/has committed 2/)
    const confState = { ...s.config, voters: [1] }
    expect(objection(() => s.send(snap(1, 3, 2, { ...snapshot, confState })))).toMatch(/another membership/)
  })
})

describe('what a follower says', () => {
  test('what it acknowledges is durable (figure 2)', () => {
    const s = new Scene()
    s.elect()
    const message = app([1, 2], 2, [1, 1], [noOp(2, 2)])
    s.send(message)
    s.receive(message, appended(2, noOp(2, 2)))
    const answer = {
      type: 'MsgAppResp',
      from: 2,
      to: 1,
      term: 2,
      session: 1,
      reject: false,
      match: 2,
    } as const
    expect(objection(() => s.send(answer))).toMatch(/is not durable/)
    s.persist(2, [noOp(2, 2)])
    expect(objection(() => s.send(answer))).toBeNull()
    expect(objection(() => s.send({ ...answer, match: 3 }))).toMatch(/its log ends at 2/)
  })

  test('what it acknowledges is what the leader has (§5.3)', () => {
    const s = new Scene()
    s.elect() // 2/2 on node 1
    s.stand(3, 3)
    s.receive(s.grant(s.ask(vote(3, 2, 3))), {
      type: 'roleChanged',
      term: 3,
      from: 'candidate',
      to: 'leader',
    })
    s.tell(3, appended(3, noOp(2, 3)))
    s.persist(3, [noOp(2, 3)])
    const message = app([3, 1], 3, [1, 1], [noOp(2, 3)])
    s.send(message)
    s.receive(message, ...s.entering(1, 3))
    s.persist(1)
    const answer = {
      type: 'MsgAppResp',
      from: 1,
      to: 3,
      term: 3,
      session: 1,
      reject: false,
      match: 2,
    } as const
    expect(objection(() => s.send(answer))).toMatch(/with term 2 there, where leader 3 has 3/)
  })

  test('it acknowledges to the leader of the term', () => {
    const s = new Scene()
    s.commit()
    const answer = {
      type: 'MsgAppResp',
      from: 2,
      to: 3,
      term: 2,
      session: 1,
      reject: false,
      match: 2,
    } as const
    expect(objection(() => s.send(answer))).toMatch(/which 1 leads/)
  })

  test('in its own name', () => {
    const s = new Scene()
    s.commit()
    expect(objection(() => s.model.sent(2, beat))).toMatch(/in the name of 1/)
  })
})

describe('what is taken in', () => {
  test('what was sent', () => {
    const s = new Scene()
    s.commit()
    expect(objection(() => s.receive(s.send(beat)))).toBeNull()
    expect(objection(() => s.receive({ ...beat }))).toMatch(/never sent/)
  })

  test('what is meant for it', () => {
    const s = new Scene()
    s.commit()
    expect(objection(() => s.receiveAs(3, s.send(beat)))).toMatch(/is for 2/)
  })

  test('what is refused changes nothing', () => {
    const s = new Scene()
    s.commit()
    const message = s.send(beat)
    s.model.received(2, message)
    expect(objection(() => s.model.handled(2, message, 'ERR_UNKNOWN_PEER'))).toBeNull()
    s.model.received(2, message)
    s.tell(2, { type: 'committed', term: 2, from: 1, to: 2 })
    expect(objection(() => s.model.handled(2, message, 'ERR_UNKNOWN_PEER'))).toMatch(/is not as it was/)
  })
})
