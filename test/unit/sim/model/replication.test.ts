import { describe, expect, test } from 'vitest'
import { add, app, appended, change, elected, entry, noOp, objection, Scene } from './scene.ts'

const accepts = (from: number, term: number, match: number, session: number | null = 1) =>
  ({ type: 'MsgAppResp', from, to: 1, term, session, reject: false, match }) as const

describe('what a leader appends (§5.3, figure 3)', () => {
  test('at the end of its log, in its own term', () => {
    const s = new Scene()
    s.elect()
    expect(objection(() => s.tell(1, appended(2, entry(3, 2))))).toBeNull()
    expect(objection(() => s.tell(1, appended(2, entry(6, 2))))).toMatch(/appends 2\/6 behind 3/)
    expect(objection(() => s.tell(1, appended(2, entry(4, 1))))).toMatch(/appends 1\/4/)
  })

  test('it cuts nothing off', () => {
    const s = new Scene()
    s.elect()
    expect(objection(() => s.tell(1, { ...appended(2, entry(2, 2)), truncatedFrom: 2 }))).toMatch(
      /leads, and cuts/,
    )
  })

  test('one membership change at a time, and a possible one (thesis §4.1)', () => {
    const s = new Scene()
    s.elect()
    expect(objection(() => s.tell(1, appended(2, change(3, 2, add(4)))))).toBeNull()
    expect(objection(() => s.tell(1, appended(2, change(4, 2, add(5)))))).toMatch(
      /the one at 3 is not applied/,
    )
  })

  test('a joint configuration is left only from within one (thesis §4.3)', () => {
    const s = new Scene()
    s.elect()
    expect(objection(() => s.tell(1, appended(2, change(3, 2, null))))).toMatch(/does not fit/)
    const t = new Scene({ validates: false })
    t.elect()
    expect(objection(() => t.tell(1, appended(2, change(3, 2, null))))).toBeNull()
  })

  test('nothing impossible', () => {
    const s = new Scene({ voters: [1] })
    s.stand(1, 2)
    s.tell(1, ...elected(2), appended(2, noOp(2, 2)))
    const last = { version: 1, type: 'RemoveNode', nodeId: 1, context: null } as const
    expect(objection(() => s.tell(1, appended(2, change(3, 2, last))))).toMatch(/impossible/)
  })
})

describe('what a follower takes over (§5.3)', () => {
  test('what the leader of its term has sent, behind an entry that it has', () => {
    expect(objection(() => new Scene().commit())).toBeNull()
    const s = new Scene()
    s.elect()
    expect(objection(() => s.tell(2, appended(2, noOp(2, 2))))).toMatch(/no leader of that term has sent it/)
  })

  test('not behind an entry that it has not', () => {
    const s = new Scene()
    s.commit()
    s.tell(1, appended(2, entry(3, 2)))
    const message = app([1, 3], 2, [2, 2], [entry(3, 2)])
    s.send(message)
    expect(objection(() => s.receive(message, ...s.entering(3, 2), appended(2, entry(3, 2))))).toMatch(
      /where it has term -/,
    )
  })

  test('a message that comes late takes nothing away', () => {
    const s = new Scene()
    s.commit()
    s.tell(1, appended(2, entry(3, 2)))
    s.follow(app([1, 2], 2, [2, 2], [entry(3, 2)]))
    const late = app([1, 2], 2, [1, 1], [noOp(2, 2)])
    s.send(late)
    expect(objection(() => s.receive(late))).toBeNull()
    expect(objection(() => s.receive(late, { ...appended(2, noOp(2, 2)), truncatedFrom: 2 }))).toMatch(
      /the first conflict is at -/,
    )
  })

  test('a conflict is cut off where it begins, and all that is sent is taken', () => {
    const scene = (): [Scene, ReturnType<typeof app>] => {
      const s = new Scene()
      s.elect() // entry 2/2 is on node 1 alone
      s.stand(3, 3)
      s.receive(s.grant(s.ask({ ...vote33 })), ...elected(3))
      s.tell(3, appended(3, noOp(2, 3)))
      s.persist(3, [noOp(2, 3)])
      const message = app([3, 1], 3, [1, 1], [noOp(2, 3)])
      s.send(message)
      return [s, message]
    }
    const [s, message] = scene()
    const cut = { ...appended(3, noOp(2, 3)), truncatedFrom: 2 }
    expect(objection(() => s.receive(message, ...s.entering(1, 3), cut))).toBeNull()
    const [t, same] = scene()
    expect(objection(() => t.receive(same, ...t.entering(1, 3), appended(3, noOp(2, 3))))).toMatch(
      /cuts its log off at -, and the first conflict is at 2/,
    )
  })

  test('it refuses what does not fit, and nothing else', () => {
    const s = new Scene()
    s.commit()
    const [misfit, fit] = [app([1, 3], 2, [2, 2]), app([1, 3], 2, [1, 1])]
    s.send(misfit)
    s.send(fit)
    const rejected = { type: 'appendRejected', term: 2, leader: 1 } as const
    expect(
      objection(() => s.receive(misfit, ...s.entering(3, 2), { ...rejected, prevLogIndex: 2 })),
    ).toBeNull()
    expect(objection(() => s.receive(fit, { ...rejected, prevLogIndex: 1 }))).toMatch(/which it has/)
  })
})

const vote33 = {
  type: 'MsgVote',
  from: 3,
  to: 2,
  term: 3,
  lastLogIndex: 1,
  lastLogTerm: 1,
  transfer: false,
  priority: 0,
  committed: null,
} as const

describe('what is committed (§5.3, §5.4.2)', () => {
  test('by a leader: what a majority has acknowledged', () => {
    const s = new Scene()
    s.elect()
    expect(objection(() => s.tell(1, { type: 'committed', term: 2, from: 1, to: 2 }))).toMatch(
      /acknowledged by no majority/,
    )
    expect(objection(() => new Scene().commit())).toBeNull()
  })

  test('by a leader: entries of its own term (figure 8)', () => {
    const s = new Scene()
    s.elect()
    s.follow(app([1, 2], 2, [1, 1], [noOp(2, 2)]))
    s.tell(1, { type: 'steppedDown', term: 2, why: 'no-quorum' })
    s.tell(1, { type: 'roleChanged', term: 2, from: 'leader', to: 'follower' })
    s.stand(1, 3)
    s.receive(
      s.grant(s.ask({ ...vote33, from: 1, lastLogIndex: 2, lastLogTerm: 2 })),
      ...elected(3),
      appended(3, noOp(3, 3)),
    )
    const early = app([1, 2], 3, [2, 2])
    s.send(early)
    s.receive(early)
    const answer = accepts(2, 3, 2)
    s.send(answer)
    expect(objection(() => s.receive(answer, { type: 'committed', term: 3, from: 1, to: 2 }))).toMatch(
      /by counting replicas \(§5.4.2\)/,
    )
  })

  test('by a leader: what is on its own disk (thesis §10.2.1)', () => {
    const s = new Scene({ voters: [1] })
    s.stand(1, 2)
    s.tell(1, ...elected(2), appended(2, noOp(2, 2)))
    const done = { type: 'committed', term: 2, from: 1, to: 2 } as const
    expect(objection(() => s.tell(1, done))).toMatch(/acknowledged by no majority/)
    s.persist(1, [noOp(2, 2)])
    expect(objection(() => s.tell(1, done))).toBeNull()
  })

  test('an answer to an earlier tracking counts for nothing (docs/adr/0005)', () => {
    const scene = (session: number): (() => void) => {
      const s = new Scene()
      s.commit()
      const remove = change(3, 2, { version: 1, type: 'RemoveNode', nodeId: 3, context: null })
      s.tell(1, appended(2, remove))
      s.persist(1, [remove])
      s.receive(s.follow(app([1, 2], 2, [2, 2], [remove])), { type: 'committed', term: 2, from: 2, to: 3 })
      s.follow({ ...app([1, 3], 2, [1, 1], [noOp(2, 2), remove]), session: 1 })
      s.tell(1, { type: 'configChanged', term: 2, confState: { ...s.config, voters: [1, 2] } })
      s.apply(1, noOp(2, 2))
      s.apply(1, remove, { ...s.config, voters: [1, 2] })
      s.tell(1, appended(2, change(4, 2, add(3))))
      s.persist(1, [change(4, 2, add(3))])
      s.receive(s.follow(app([1, 2], 2, [3, 2], [change(4, 2, add(3))])), {
        type: 'committed',
        term: 2,
        from: 3,
        to: 4,
      })
      s.tell(1, { type: 'configChanged', term: 2, confState: s.config })
      s.tell(1, appended(2, entry(5, 2)))
      s.persist(1, [entry(5, 2)])
      const answer = s.follow({ ...app([1, 3], 2, [3, 2], [change(4, 2, add(3)), entry(5, 2)]), session: 2 })
      const said = { ...answer, session } as typeof answer
      s.send(said)
      return () => s.receive(said, { type: 'committed', term: 2, from: 4, to: 5 })
    }
    expect(objection(scene(2))).toBeNull()
    expect(objection(scene(1))).toMatch(/acknowledged by no majority/)
  })

  test('by a follower: as far as it was told, and no further than what it was sent (figure 2)', () => {
    const s = new Scene()
    s.commit()
    const message = app([1, 2], 2, [2, 2], [], 2)
    s.send(message)
    expect(objection(() => s.receive(message, { type: 'committed', term: 2, from: 1, to: 2 }))).toBeNull()
    const t = new Scene()
    t.commit()
    const none = app([1, 2], 2, [1, 1], [], 2)
    t.send(none)
    expect(objection(() => t.receive(none, { type: 'committed', term: 2, from: 1, to: 2 }))).toMatch(
      /was told 2 with entries up to 1/,
    )
  })

  test('by a follower: what a heartbeat says', () => {
    const s = new Scene()
    s.commit()
    const beat = { type: 'MsgHeartbeat', from: 1, to: 2, term: 2, commit: 2, context: null } as const
    s.send(beat)
    expect(objection(() => s.receive(beat, { type: 'committed', term: 2, from: 1, to: 2 }))).toBeNull()
    const t = new Scene()
    t.commit()
    const low = { ...beat, commit: 1 }
    t.send(low)
    expect(objection(() => t.receive(low, { type: 'committed', term: 2, from: 1, to: 2 }))).toMatch(
      /was told 1/,
    )
  })

  test('by anybody who holds what somebody else calls committed (§5.3)', () => {
    const asked = (s: Scene, index: number): void => {
      s.stand(3, 3)
      const request = s.ask({ ...vote33, term: 3, committed: { index: 1, term: 1 } })
      s.receive(request, ...s.entering(2, 3), {
        type: 'voteRefused',
        term: 3,
        candidate: 3,
        preVote: false,
        voteTerm: 3,
        why: 'stale-log',
      })
      s.persist(2)
      const committed = { index: 2, term: 2 }
      const answer = { type: 'MsgVoteResp', from: 2, to: 3, term: 3, reject: true, committed } as const
      s.send(answer)
      s.receive(answer, { type: 'committed', term: 3, from: 1, to: index })
    }
    const scene = (): Scene => {
      const s = new Scene()
      s.commit()
      const told = app([1, 2], 2, [2, 2], [], 2)
      s.send(told)
      s.receive(told, { type: 'committed', term: 2, from: 1, to: 2 })
      return s
    }
    expect(objection(() => asked(scene(), 2))).toMatch(/its log|in a log up to 1/)
    const liar = new Scene()
    liar.stand(3, 3)
    const claim = { index: 2, term: 2 }
    expect(objection(() => liar.send({ ...vote33, committed: claim }))).toMatch(
      /calls 2\/2 committed, knows 1/,
    )
    const s = scene()
    s.follow(app([1, 3], 2, [1, 1], [noOp(2, 2)]))
    s.stand(3, 3)
    const request = s.ask({ ...vote33, lastLogIndex: 2, lastLogTerm: 2, committed: { index: 1, term: 1 } })
    s.receive(request, ...s.entering(2, 3))
    s.persist(2)
    const answer = { type: 'MsgVoteResp', from: 2, to: 3, term: 3, reject: true, committed: claim } as const
    s.send(answer)
    expect(objection(() => s.receive(answer, { type: 'committed', term: 3, from: 1, to: 2 }))).toBeNull()
  })

  test('nobody commits what nobody has told it', () => {
    const s = new Scene()
    s.commit()
    expect(objection(() => s.tell(2, { type: 'committed', term: 2, from: 1, to: 2 }))).toMatch(
      /has told it to/,
    )
  })
})
