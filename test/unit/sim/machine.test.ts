import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Applied, type Command, encodeCommand, isList, Machine } from '../../../src/sim/machine.ts'

const register = 1
const list = 3

function apply(machine: Machine, command: Partial<Command> & Pick<Command, 'kind' | 'value'>): Applied {
  const whole = { client: 1, serial: 1, key: register, expected: 0, ...command }
  return machine.apply(encodeCommand(whole, 0))
}

/** Commands of some clients, each with its next serial; the values are all different. */
const commands = fc
  .array(
    fc.record({
      client: fc.integer({ min: 1, max: 4 }),
      key: fc.nat(7),
      isCas: fc.boolean(),
      expected: fc.nat(6),
    }),
    { maxLength: 30 },
  )
  .map((drafts) => {
    const serials = new Map<number, number>()
    return drafts.map(({ client, key, isCas, expected }, i): Command => {
      const serial = (serials.get(client) ?? 0) + 1
      serials.set(client, serial)
      const kind = isList(key) ? 'append' : isCas ? 'cas' : 'put'
      return { kind, client, serial, key, value: i + 1, expected: kind === 'cas' ? expected : 0 }
    })
  })

function machineAfter(all: readonly Command[]): Machine {
  const machine = new Machine()
  for (const [i, command] of all.entries()) {
    machine.apply(encodeCommand(command, 0))
    machine.index = i + 1
    machine.term = 2
  }
  return machine
}

function contentOf(machine: Machine): unknown {
  const read = Array.from({ length: 8 }, (_, key) => machine.read(key))
  return { index: machine.index, term: machine.term, digest: machine.digest, read }
}

describe('a register', () => {
  test('holds 0 until somebody writes, then the last value', () => {
    const machine = new Machine()
    expect(machine.read(register)).toBe(0)
    apply(machine, { kind: 'put', value: 5 })
    apply(machine, { kind: 'put', value: 6, serial: 2 })
    expect(machine.read(register)).toBe(6)
    expect(machine.read(2)).toBe(0)
  })

  test('is set by a cas that finds what it expects, 0 for nothing, and by no other', () => {
    const machine = new Machine()
    expect(apply(machine, { kind: 'cas', value: 7, expected: 1 }).result).toBe(0)
    expect(machine.read(register)).toBe(0)
    expect(apply(machine, { kind: 'cas', value: 7, expected: 0, serial: 2 }).result).toBe(1)
    expect(apply(machine, { kind: 'cas', value: 8, expected: 0, serial: 3 }).result).toBe(0)
    expect(apply(machine, { kind: 'cas', value: 9, expected: 7, serial: 4 }).result).toBe(1)
    expect(machine.read(register)).toBe(9)
  })
})

describe('a list', () => {
  test('holds what was appended, in that order', () => {
    const machine = new Machine()
    expect(machine.read(list)).toEqual([])
    for (const [i, value] of [9, 4, 6].entries())
      apply(machine, { kind: 'append', key: list, value, serial: i + 1 })
    expect(machine.read(list)).toEqual([9, 4, 6])
  })

  test('that was read does not change any more', () => {
    const machine = new Machine()
    apply(machine, { kind: 'append', key: list, value: 1 })
    const seen = machine.read(list)
    apply(machine, { kind: 'append', key: list, value: 2, serial: 2 })
    expect(seen).toEqual([1])
  })

  test('is at every fourth key', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 1023].filter(isList)).toEqual([3, 7, 1023])
  })
})

describe('a command that comes again', () => {
  test('is not done again, and gets the answer of then', () => {
    const machine = new Machine()
    const append = { kind: 'append', key: list, value: 4 } as const
    const cas = { kind: 'cas', value: 5, expected: 8, serial: 2 } as const
    expect(apply(machine, append)).toEqual({ client: 1, serial: 1, result: 1, isRepeated: false })
    expect(apply(machine, append)).toEqual({ client: 1, serial: 1, result: 1, isRepeated: true })
    expect(apply(machine, cas).result).toBe(0)

    apply(machine, { kind: 'put', value: 8, client: 2 })
    expect(apply(machine, cas)).toEqual({ client: 1, serial: 2, result: 0, isRepeated: true })
    expect([machine.read(list), machine.read(register)]).toEqual([[4], 8])
  })

  test('late, when its client has gone on, changes nothing', () => {
    const machine = new Machine()
    apply(machine, { kind: 'put', value: 1 })
    apply(machine, { kind: 'put', value: 2, serial: 2 })
    expect(apply(machine, { kind: 'put', value: 1 }).isRepeated).toBe(true)
    expect(machine.read(register)).toBe(2)
  })

  test('is known by its client and its number, and not by what it says', () => {
    const machine = new Machine()
    apply(machine, { kind: 'put', value: 1 })
    expect(apply(machine, { kind: 'put', value: 1, client: 2 }).isRepeated).toBe(false)
    expect(apply(machine, { kind: 'put', value: 1, serial: 2 }).isRepeated).toBe(false)
  })

  test('leaves the state as it was, whatever has been done before', () => {
    fc.assert(
      fc.property(commands, fc.nat(), (all, which) => {
        fc.pre(all.length > 0)
        const machine = machineAfter(all)
        const before = contentOf(machine)
        const again = all[which % all.length] as Command
        expect(machine.apply(encodeCommand(again, 0)).isRepeated).toBe(true)
        expect(contentOf(machine)).toEqual(before)
      }),
    )
  })
})

describe('a command as bytes', () => {
  test('does the same with padding, and is larger by it', () => {
    const command: Command = { kind: 'put', client: 1, serial: 1, key: 2, value: 77, expected: 0 }
    const [plain, padded] = [encodeCommand(command, 0), encodeCommand(command, 1_000)]
    expect(padded.length - plain.length).toBe(1_000)

    const [one, other] = [new Machine(), new Machine()]
    one.apply(plain)
    other.apply(padded)
    expect(contentOf(other)).toEqual(contentOf(one))
    expect(one.read(2)).toBe(77)
  })
})

describe('a snapshot', () => {
  test('restores the state: what is read, what is answered to whom, and the digest', () => {
    fc.assert(
      fc.property(commands, commands, (before, next) => {
        const machine = machineAfter(before)
        const restored = Machine.restore(machine.snapshot())
        expect(contentOf(restored)).toEqual(contentOf(machine))
        expect(restored.snapshot()).toEqual(machine.snapshot())

        for (const command of next) {
          const bytes = encodeCommand(command, 0)
          expect(restored.apply(bytes)).toEqual(machine.apply(bytes))
        }
        expect(contentOf(restored)).toEqual(contentOf(machine))
      }),
    )
  })

  test('does not change with the machine that made it', () => {
    const machine = new Machine()
    apply(machine, { kind: 'put', value: 1 })
    const snapshot = machine.snapshot()
    apply(machine, { kind: 'put', value: 2, serial: 2 })
    expect(Machine.restore(snapshot).read(register)).toBe(1)
  })

  test('of nothing is the state that a group begins with', () => {
    expect(contentOf(Machine.restore(new Uint8Array()))).toEqual(contentOf(new Machine()))
  })
})

describe('the digest', () => {
  test('of equal states is equal, by whatever way they have come about', () => {
    const [one, other] = [new Machine(), new Machine()]
    apply(one, { kind: 'put', value: 1 })
    apply(one, { kind: 'append', key: list, value: 2, client: 2 })
    apply(other, { kind: 'append', key: list, value: 2, client: 2 })
    apply(other, { kind: 'cas', value: 1 })
    expect(other.digest).toBe(one.digest)
    expect(other.snapshot()).toEqual(one.snapshot())
  })

  test('tells states apart by a value, by the order of a list, and by a session', () => {
    const base: readonly Command[] = [
      { kind: 'put', client: 1, serial: 1, key: 1, value: 10, expected: 0 },
      { kind: 'append', client: 2, serial: 1, key: 3, value: 11, expected: 0 },
      { kind: 'append', client: 3, serial: 1, key: 3, value: 12, expected: 0 },
    ]
    const [put, one, two] = base as readonly [Command, Command, Command]
    const digests = [
      base,
      [put, two, one],
      [{ ...put, value: 13 }, one, two],
      [{ ...put, key: 2 }, one, two],
      [{ ...put, serial: 2 }, one, two],
      [{ ...put, client: 4 }, one, two],
      [put, one],
      [],
    ].map((all) => machineAfter(all).digest)
    expect(new Set(digests).size).toBe(digests.length)
  })
})
