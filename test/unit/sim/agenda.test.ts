import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Agenda } from '../../../src/sim/agenda.ts'

/** Lets everything happen that is due until then. */
function runAll(agenda: Agenda, until = Infinity): void {
  while (agenda.runNext(until));
}

describe('an agenda', () => {
  test('lets things happen by time, and those of the same moment in the order in which they were set', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 60 }), (delays) => {
        const agenda = new Agenda()
        const happened: { readonly at: number; readonly i: number }[] = []
        for (const [i, delay] of delays.entries())
          agenda.after(delay, () => happened.push({ at: agenda.now, i }))
        runAll(agenda, 1_000)

        const sorted = delays.map((at, i) => ({ at, i })).sort((a, b) => a.at - b.at || a.i - b.i)
        expect(happened).toEqual(sorted)
      }),
    )
  })

  test('keeps to that when things that happen set others', () => {
    const plan = fc.array(fc.tuple(fc.nat(9), fc.array(fc.nat(9), { maxLength: 4 })), { maxLength: 25 })
    fc.assert(
      fc.property(plan, (things) => {
        const agenda = new Agenda()
        const happened: { readonly at: number; readonly serial: number }[] = []
        const due: { readonly at: number; readonly serial: number }[] = []
        const set = (delay: number, then: readonly number[]): void => {
          const appointment = { at: agenda.now + delay, serial: due.length }
          due.push(appointment)
          agenda.after(delay, () => {
            expect(agenda.now).toBe(appointment.at)
            happened.push(appointment)
            for (const next of then) set(next, [])
          })
        }
        for (const [delay, then] of things) set(delay, then)
        runAll(agenda, 100)

        expect(happened).toEqual(due.slice().sort((a, b) => a.at - b.at || a.serial - b.serial))
        expect(agenda.done).toBe(due.length)
      }),
    )
  })

  test('lets one thing happen at a time, and says when nothing is due any more', () => {
    const agenda = new Agenda()
    const happened: string[] = []
    agenda.after(20, () => happened.push('late'))
    agenda.after(10, () => happened.push('early'))

    expect([agenda.runNext(15), happened, agenda.now]).toEqual([true, ['early'], 10])
    expect([agenda.runNext(15), happened, agenda.now]).toEqual([false, ['early'], 15])
    expect([agenda.runNext(20), happened, agenda.now]).toEqual([true, ['early', 'late'], 20])
    expect([agenda.runNext(20), agenda.now]).toEqual([false, 20])
  })

  test('goes on in time when nothing happens, and never back', () => {
    const agenda = new Agenda()
    expect([agenda.runNext(50), agenda.now]).toEqual([false, 50])
    expect([agenda.runNext(30), agenda.now]).toEqual([false, 50])

    const at: number[] = []
    agenda.after(5, () => at.push(agenda.now))
    runAll(agenda, 100)
    expect(at).toEqual([55])
  })

  test('counts what has happened, and not what is still to come', () => {
    const agenda = new Agenda()
    for (const delay of [1, 2, 3]) agenda.after(delay, () => undefined)
    expect(agenda.done).toBe(0)
    runAll(agenda, 2)
    expect(agenda.done).toBe(2)
    runAll(agenda, 3)
    expect(agenda.done).toBe(3)
  })

  test('has forgotten what threw, and goes on behind it', () => {
    const agenda = new Agenda()
    const happened: string[] = []
    agenda.after(1, () => {
      throw new Error('on purpose')
    })
    agenda.after(2, () => happened.push('next'))

    expect(() => agenda.runNext(5)).toThrow('on purpose')
    runAll(agenda, 5)
    expect(happened).toEqual(['next'])
  })
})
