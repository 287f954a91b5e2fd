import { describe, expect, test } from 'vitest'
import type { MsgVote } from '../../../../src/core/messages.ts'
import { app, appended, elected, entry, granted, noOp, objection, Scene, vote } from './scene.ts'

describe('terms and roles (§5.1, figure 4)', () => {
  test('a term is entered by a message of that term, or to stand for election in the next', () => {
    const s = new Scene()
    expect(objection(() => s.stand(1, 1))).toBeNull()
    const request = s.ask(vote(1, 2, 1))
    expect(objection(() => s.grant(request))).toBeNull()
    expect(objection(() => new Scene().tell(1, { type: 'termChanged', term: 5, from: 0 }))).toMatch(
      /no message/,
    )
  })

  test('whoever raises its term by itself stands for election at once', () => {
    const s = new Scene()
    s.tell(1, { type: 'termChanged', term: 1, from: 0 })
    expect(objection(() => s.tell(1, { type: 'committed', term: 1, from: 1, to: 2 }))).toMatch(/to stand/)
  })

  test('a term is never told of before it is entered', () => {
    const s = new Scene()
    expect(objection(() => s.tell(1, { type: 'leaderChanged', term: 0, leader: null }))).toBeNull()
    expect(objection(() => s.tell(1, { type: 'leaderChanged', term: 4, leader: null }))).toMatch(/term 4/)
  })

  test('to be asked for a pre-vote is not to be in that term (thesis §9.6)', () => {
    const request = { ...vote(1, 2, 1), type: 'MsgPreVote' as const }
    const pre = { type: 'voteGranted', term: 0, candidate: 1, preVote: true, voteTerm: 1 } as const
    const s = new Scene({ preVote: true })
    s.send(request)
    expect(objection(() => s.receive(request, pre))).toBeNull()
    expect(
      objection(() => s.receive(request, { type: 'termChanged', term: 1, from: 0 }, { ...pre, term: 1 })),
    ).toMatch(/to stand/)
  })

  test('who learns of a later term follows', () => {
    const asked = (s: Scene): MsgVote => {
      s.elect()
      s.stand(3, 3)
      return s.ask(vote(3, 1, 3))
    }
    const [entered, follows, refused] = [
      { type: 'termChanged', term: 3, from: 2 },
      { type: 'roleChanged', term: 3, from: 'leader', to: 'follower' },
      { type: 'voteRefused', term: 3, candidate: 3, preVote: false, voteTerm: 3, why: 'stale-log' },
    ] as const
    const s = new Scene()
    const request = asked(s)
    expect(objection(() => s.receive(request, entered, follows, refused))).toBeNull()
    const t = new Scene()
    const again = asked(t)
    expect(objection(() => t.receive(again, entered, refused))).toMatch(/to follow/)
  })

  test('a leader follows in its own term only after it has said that it steps down (thesis §6.2)', () => {
    const follows = { type: 'roleChanged', term: 2, from: 'leader', to: 'follower' } as const
    const s = new Scene()
    s.elect()
    expect(objection(() => s.tell(1, { type: 'steppedDown', term: 2, why: 'no-quorum' }, follows))).toBeNull()
    const t = new Scene()
    t.elect()
    expect(objection(() => t.tell(1, follows))).toMatch(/was leader in term 2 and follows/)
  })

  test('only who has no vote any more leaves its leadership as removed (thesis §4.2.2)', () => {
    const s = new Scene()
    s.commit()
    expect(objection(() => s.tell(1, { type: 'steppedDown', term: 2, why: 'removed' }))).toMatch(/is a voter/)
  })

  test('a candidate gives up when a majority has refused (§5.2)', () => {
    const lost = { type: 'electionLost', term: 1, preVote: false } as const
    const refusal = (s: Scene, from: number): void => {
      const request = s.send(vote(1, from, 1))
      s.receive(request, { type: 'termChanged', term: 1, from: 0 })
      s.save(from, 1, null, 1)
      s.receive(s.send({ type: 'MsgVoteResp', from, to: 1, term: 1, reject: true, committed: null }))
    }
    const s = new Scene()
    s.stand(1, 1)
    refusal(s, 2)
    expect(objection(() => s.tell(1, lost))).toMatch(/only \[2\]/)
    const t = new Scene()
    t.stand(1, 1)
    refusal(t, 2)
    refusal(t, 3)
    expect(
      objection(() => t.tell(1, lost, { type: 'roleChanged', term: 1, from: 'candidate', to: 'follower' })),
    ).toBeNull()
  })

  test('whoever hears the leader of its term follows it (figure 2)', () => {
    const heard = (s: Scene): ReturnType<typeof app> => {
      s.elect()
      s.stand(3, 2)
      const message = app([1, 3], 2, [1, 1], [noOp(2, 2)])
      s.send(message)
      return message
    }
    const s = new Scene()
    const message = heard(s)
    expect(
      objection(() =>
        s.receive(
          message,
          { type: 'roleChanged', term: 2, from: 'candidate', to: 'follower' },
          { type: 'leaderChanged', term: 2, leader: 1 },
          appended(2, noOp(2, 2)),
        ),
      ),
    ).toBeNull()
    const t = new Scene()
    const same = heard(t)
    expect(objection(() => t.receive(same))).toMatch(/stays candidate/)
  })

  test('only who was elected is followed (§5.2)', () => {
    const s = new Scene()
    s.elect()
    expect(objection(() => s.tell(2, { type: 'leaderChanged', term: 2, leader: 1 }))).toBeNull()
    expect(objection(() => s.tell(2, { type: 'leaderChanged', term: 2, leader: 3 }))).toMatch(/follows 3/)
  })
})

describe('standing for election', () => {
  test('a voter stands, and who has no vote does not (§5.2, thesis §4.2.2)', () => {
    const s = new Scene()
    expect(objection(() => s.stand(1, 1))).toBeNull()
    s.start(4, { ...s.config, voters: [] }, 0)
    expect(objection(() => s.stand(4, 1))).toMatch(/node 4 stands for election \(timeout\)/)
  })

  test('with pre-votes nobody raises its term before a majority would vote for it (thesis §9.6)', () => {
    const asking = (s: Scene): void =>
      s.tell(
        1,
        { type: 'roleChanged', term: 0, from: 'follower', to: 'pre-candidate' },
        { type: 'electionStarted', term: 0, reason: 'timeout', preVote: true },
      )
    const standing = [
      { type: 'termChanged', term: 1, from: 0 },
      { type: 'roleChanged', term: 1, from: 'pre-candidate', to: 'candidate' },
      { type: 'electionStarted', term: 1, reason: 'timeout', preVote: false },
    ] as const
    const s = new Scene({ preVote: true })
    asking(s)
    const request = s.send({ ...vote(1, 2, 1), type: 'MsgPreVote' })
    s.receive(request, { type: 'voteGranted', term: 0, candidate: 1, preVote: true, voteTerm: 1 })
    const answer = s.send({ type: 'MsgPreVoteResp', from: 2, to: 1, term: 1, reject: false, committed: null })
    expect(objection(() => s.receive(answer, ...standing))).toBeNull()
    const t = new Scene({ preVote: true })
    asking(t)
    expect(objection(() => t.tell(1, ...standing))).toMatch(/would vote for it/)
  })

  test('a leader that hands over must have said so (thesis §3.10)', () => {
    const standing = [
      { type: 'termChanged', term: 3, from: 2 },
      { type: 'roleChanged', term: 3, from: 'follower', to: 'candidate' },
      { type: 'electionStarted', term: 3, reason: 'transfer', preVote: false },
    ] as const
    const s = new Scene()
    s.commit()
    const order = s.send({ type: 'MsgTimeoutNow', from: 1, to: 2, term: 2 })
    expect(objection(() => s.receive(order, ...standing))).toBeNull()
    const t = new Scene()
    t.commit()
    expect(objection(() => t.tell(2, ...standing))).toMatch(/no leader has told it to/)
  })

  test('only who is up to date is told to take over (thesis §3.10)', () => {
    const s = new Scene()
    s.commit()
    expect(objection(() => s.send({ type: 'MsgTimeoutNow', from: 1, to: 2, term: 2 }))).toBeNull()
    expect(objection(() => s.send({ type: 'MsgTimeoutNow', from: 1, to: 3, term: 2 }))).toMatch(
      /acknowledged 0 of 2/,
    )
  })
})

describe('votes and who has won (§5.2, §5.4.1)', () => {
  test('one vote in a term', () => {
    const s = new Scene()
    s.stand(1, 1)
    s.stand(3, 1)
    const [first, second] = [s.ask(vote(1, 2, 1)), s.ask(vote(3, 2, 1))]
    s.grant(first)
    expect(objection(() => s.receive(first, granted(first)))).toBeNull()
    expect(objection(() => s.receive(second, granted(second)))).toMatch(/has voted for 1/)
  })

  test('no vote for a log that may lack what is committed (§5.4.1)', () => {
    const s = new Scene()
    s.commit()
    s.stand(3, 3)
    const request = s.ask(vote(3, 2, 3))
    expect(objection(() => s.grant(request))).toMatch(/ends with 1\/1, and its own with 2\/2/)
  })

  test('nobody votes who was not asked to', () => {
    const s = new Scene()
    expect(objection(() => s.tell(1, granted(vote(2, 1, 0))))).toMatch(/was not asked/)
  })

  test('a vote is refused for a reason that holds', () => {
    const refused = { type: 'voteRefused', term: 1, candidate: 3, preVote: false, voteTerm: 1 } as const
    const s = new Scene()
    s.stand(1, 1)
    s.stand(3, 1)
    s.grant(s.ask(vote(1, 2, 1)))
    const request = s.send(vote(3, 2, 1))
    expect(objection(() => s.receive(request, { ...refused, why: 'already-voted' }))).toBeNull()
    expect(objection(() => s.receive(request, { ...refused, why: 'stale-log' }))).toMatch(/refuses 3/)
  })

  test('a vote leaves when it is durable (figure 2)', () => {
    const s = new Scene()
    s.stand(1, 1)
    const request = s.ask(vote(1, 2, 1))
    s.receive(request, ...s.entering(2, 1), granted(request))
    const answer = { type: 'MsgVoteResp', from: 2, to: 1, term: 1, reject: false, committed: null } as const
    s.save(2, 1, null, 1)
    expect(objection(() => s.send(answer))).toMatch(/is not durable/)
    s.save(2, 1, 1, 1)
    expect(objection(() => s.send(answer))).toBeNull()
  })

  test('a candidate tells of the log with which it stands, when term and log are durable (§5.4.1, docs/adr/0008)', () => {
    const s = new Scene()
    s.stand(1, 1)
    expect(objection(() => s.send(vote(1, 2, 1)))).toBeNull()
    expect(objection(() => s.send(vote(1, 2, 1, 7)))).toMatch(/its log ends with 1\/7, and it was 1\/1/)
    const t = new Scene()
    t.tell(1, ...t.standing(1, 1))
    expect(objection(() => t.send(vote(1, 2, 1)))).toMatch(/0 is durable/)
  })

  test('elected by a majority that has sent its votes, itself included', () => {
    expect(objection(() => new Scene().elect())).toBeNull()
    const s = new Scene()
    s.stand(1, 1)
    expect(objection(() => s.tell(1, ...elected(1)))).toMatch(/no majority of \[1 2 3\]/)
  })

  test('elected when its own vote is durable (docs/adr/0009)', () => {
    const s = new Scene({ voters: [1] })
    s.tell(1, ...s.standing(1, 1))
    expect(objection(() => s.tell(1, ...elected(1)))).toMatch(/own vote is not durable/)
    s.save(1, 1, 1, 1)
    expect(objection(() => s.tell(1, ...elected(1)))).toBeNull()
  })

  test('only a candidate becomes leader (figure 4)', () => {
    const s = new Scene()
    expect(
      objection(() => s.tell(1, { type: 'roleChanged', term: 0, from: 'follower', to: 'leader' })),
    ).toMatch(/becomes leader from follower/)
  })

  test('a new leader begins with an empty entry of its term (§8)', () => {
    const s = new Scene({ voters: [1] })
    s.stand(1, 1)
    s.tell(1, ...elected(1))
    expect(objection(() => s.tell(1, appended(1, entry(2, 1))))).toMatch(/before an empty entry/)
  })
})
