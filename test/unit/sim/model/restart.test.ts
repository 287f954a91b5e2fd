import { describe, expect, test } from 'vitest'
import { Machine } from '../../../../src/sim/machine.ts'
import { add, app, appended, change, entry, noOp, objection, Scene, snap } from './scene.ts'

describe('what comes back (figure 2, §5.5)', () => {
  test('what was durable', () => {
    const s = new Scene()
    s.commit()
    s.crash(2)
    expect(objection(() => s.start(2))).toBeNull()
  })

  test('a vote is not forgotten', () => {
    const s = new Scene()
    s.stand(1, 1)
    s.crash(1)
    s.write(1, { term: 1, vote: null, commit: 1 })
    expect(objection(() => s.start(1))).toMatch(/has forgotten in term 1 that it voted for 1/)
  })

  test('a term does not go back, nor a vote change', () => {
    const s = new Scene()
    s.stand(1, 2)
    s.write(1, { term: 1, vote: 1, commit: 1 })
    expect(objection(() => s.sync(1))).toMatch(/writes term 1 and vote 1 over term 2/)
  })

  test('a vote that was never given does not come back', () => {
    const s = new Scene()
    s.stand(1, 1)
    s.crash(1)
    s.write(1, { term: 1, vote: 3, commit: 1 })
    expect(objection(() => s.start(1))).toMatch(/node 1 has forgotten|never gave/)
  })

  test('no entry that was durable is gone, and none is there that it never had', () => {
    const s = new Scene()
    s.commit()
    s.crash(2)
    s.write(2, null, [entry(3, 2)])
    expect(objection(() => s.start(2))).toMatch(/with a log up to 2\/3/)
  })

  test('on disk is what its log was', () => {
    const s = new Scene()
    s.elect()
    s.tell(1, appended(2, entry(3, 2)))
    s.write(1, null, [entry(3, 2), entry(4, 2)])
    expect(objection(() => s.sync(1))).toMatch(/up to 2\/4 on disk/)
  })

  test('nobody leads the same term twice (§5.2)', () => {
    const s = new Scene({ voters: [1] })
    s.stand(1, 1)
    s.tell(1, { type: 'roleChanged', term: 1, from: 'candidate', to: 'leader' })
    s.crash(1)
    s.start(1)
    expect(
      objection(() => s.tell(1, { type: 'roleChanged', term: 1, from: 'follower', to: 'candidate' })),
    ).toMatch(/without a new term/)
  })

  test('the log begins where its snapshot ends, or before (§7)', () => {
    const s = new Scene()
    s.commit()
    s.disk(1).write({ kind: 'compact', index: 2 })
    expect(objection(() => s.sync(1))).toMatch(/its snapshot is of 1/)
  })

  test('the membership is that of what was applied', () => {
    const s = new Scene()
    s.crash(1)
    expect(objection(() => s.start(1, { ...s.config, voters: [1, 2] }))).toMatch(/the membership as of 1/)
  })
})

describe('what is applied (figure 3, thesis §4.3)', () => {
  test('what is committed, in order', () => {
    const s = new Scene()
    s.commit()
    expect(objection(() => s.apply(2, noOp(2, 2)))).toMatch(/1 is committed/)
    expect(objection(() => s.apply(1, noOp(2, 2)))).toBeNull()
    expect(objection(() => s.apply(1, noOp(2, 2)))).toMatch(/has applied 2/)
  })

  test('a change makes what it says', () => {
    const scene = (voters: readonly number[]): (() => void) => {
      const s = new Scene()
      s.commit()
      const one = change(3, 2, add(4))
      s.tell(1, appended(2, one))
      s.persist(1, [one])
      s.receive(s.follow(app([1, 2], 2, [2, 2], [one])), { type: 'committed', term: 2, from: 2, to: 3 })
      const confState = { ...s.config, voters }
      return () => {
        s.tell(1, { type: 'configChanged', term: 2, confState })
        s.apply(1, noOp(2, 2))
        s.apply(1, one, confState)
      }
    }
    expect(objection(scene([1, 2, 3, 4]))).toBeNull()
    expect(objection(scene([1, 2, 3, 5]))).toMatch(/which makes \[1 2 3 4\]/)
  })

  test('without a committed change the membership stays (thesis §4.1)', () => {
    const s = new Scene()
    s.commit()
    const confState = { ...s.config, voters: [1, 2, 3, 4] }
    expect(objection(() => s.tell(1, { type: 'configChanged', term: 2, confState }))).toMatch(
      /no committed change/,
    )
  })

  test('nobody stands with a committed change before it (docs/adr/0004)', () => {
    const s = new Scene()
    s.commit()
    const one = change(3, 2, add(4))
    s.tell(1, appended(2, one))
    s.persist(1, [one])
    s.receive(s.follow(app([1, 2], 2, [2, 2], [one])), { type: 'committed', term: 2, from: 2, to: 3 })
    const told = app([1, 2], 2, [3, 2], [], 3)
    s.send(told)
    s.receive(told, { type: 'committed', term: 2, from: 1, to: 3 })
    expect(objection(() => s.stand(2, 3))).toMatch(/change at 3 is not applied/)
  })
})

describe('snapshots (§7)', () => {
  const scene = (): { s: Scene; install: (index: number) => void } => {
    const s = new Scene()
    s.commit()
    const message = snap(1, 3, 2, { index: 2, term: 2, confState: s.config, data: new Uint8Array() })
    s.send(message)
    const { confState } = message.snapshot
    return {
      s,
      install: (index) => {
        s.receive(
          message,
          ...s.entering(3, 2),
          { type: 'configChanged', term: 2, confState },
          { type: 'snapshotRestored', term: 2, index },
        )
      },
    }
  }

  test('one that was sent takes the place of the log', () => {
    const { s, install } = scene()
    expect(objection(() => install(2))).toBeNull()
    expect(objection(() => s.model.restored(3, 2, s.config, Machine.restore(new Uint8Array())))).toBeNull()
    expect(objection(() => scene().install(5))).toMatch(/nobody has sent it/)
  })

  test('not one of what is committed here', () => {
    const { install } = scene()
    install(2)
    expect(objection(() => install(2))).toMatch(/2 is committed/)
  })

  test('not one of what is here already: what follows it would be lost', () => {
    const { s, install } = scene()
    s.follow(app([1, 3], 2, [1, 1], [noOp(2, 2)]))
    expect(objection(() => install(2))).toMatch(/holds 2\/2/)
  })

  test('nobody stands for election before it is installed', () => {
    const { s, install } = scene()
    install(2)
    expect(objection(() => s.stand(3, 3))).toMatch(/snapshot 2 is not installed/)
  })

  test('one of its own is of what it has applied', () => {
    const { s } = scene()
    s.apply(1, noOp(2, 2))
    const machine = Machine.restore(new Uint8Array())
    expect(objection(() => s.model.snapshotted(1, 2, s.config, machine))).toBeNull()
    expect(objection(() => s.model.snapshotted(1, 3, s.config, machine))).toMatch(/has applied 2/)
  })
})
