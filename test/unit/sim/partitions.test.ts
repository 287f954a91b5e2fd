import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NodeId } from '../../../src/core/types.ts'
import { Dice } from '../../../src/sim/dice.ts'
import { partition, type PartitionStyle } from '../../../src/sim/partitions.ts'
import { directionsBetween } from '../../../src/sim/victims.ts'

/** Who hears whom once a network has come apart. */
class Parted {
  readonly ids: readonly NodeId[]
  readonly #cut: ReadonlySet<string>

  constructor(style: PartitionStyle, size: number, leader: NodeId, key: number) {
    this.ids = Array.from({ length: size }, (_, i) => i + 1)
    const cut = partition(style, this.ids, leader, new Dice(key))
    this.#cut = new Set(cut.map(([from, to]) => `${from}>${to}`))
    expect(this.#cut.size).toBe(cut.length)
  }

  hears(to: NodeId, from: NodeId): boolean {
    return !this.#cut.has(`${from}>${to}`)
  }

  /** Whom a node hears, besides itself. */
  heardBy(to: NodeId): readonly NodeId[] {
    return this.ids.filter((from) => from !== to && this.hears(to, from))
  }

  others(than: NodeId): readonly NodeId[] {
    return this.ids.filter((id) => id !== than)
  }

  /** Does everybody hear who hears them? */
  get isMutual(): boolean {
    return this.ids.every((a) => this.ids.every((b) => this.hears(a, b) === this.hears(b, a)))
  }

  /** Those who hear each other, in one group or another. */
  get groups(): readonly (readonly NodeId[])[] {
    const texts = this.ids.map((id) => [id, ...this.heardBy(id)].sort((a, b) => a - b).join())
    return [...new Set(texts)].map((text) => text.split(',').map(Number))
  }

  /** Who is cut off from everybody, in both directions. */
  get alone(): readonly NodeId[] {
    return this.ids.filter((id) => this.others(id).every((to) => !this.hears(to, id) && !this.hears(id, to)))
  }
}

function forAll(style: PartitionStyle, least: number, check: (parted: Parted, leader: NodeId) => void): void {
  const sizes = fc.integer({ min: least, max: 9 })
  fc.assert(
    fc.property(sizes, fc.nat(), fc.integer(), (size, who, key) => {
      const leader = 1 + (who % size)
      check(new Parted(style, size, leader, key), leader)
    }),
  )
}

describe('a partition', () => {
  test('into halves leaves two groups at most, whose members all hear each other and nobody else', () => {
    forAll('halves', 1, (parted) => {
      expect(parted.isMutual).toBe(true)
      expect(parted.groups.length).toBeLessThanOrEqual(2)
      expect(parted.groups.flat().length).toBe(parted.ids.length)
    })
  })

  test('into halves takes all ways to part three nodes', () => {
    const ways = new Set<string>()
    for (let key = 0; key < 100; key++)
      ways.add(new Parted('halves', 3, 1, key).groups.map((group) => group.join('')).join('|'))
    expect([...ways].sort()).toEqual(['123', '12|3', '13|2', '1|23'])
  })

  test('of one node cuts it off in both directions, and nobody else', () => {
    forAll('one', 3, (parted) => {
      expect(parted.isMutual).toBe(true)
      expect(parted.alone.length).toBe(1)
      const [one] = parted.alone as readonly [NodeId]
      for (const id of parted.others(one)) expect(parted.heardBy(id).length).toBe(parted.ids.length - 2)
    })
  })

  test('of one node may be of any', () => {
    const victims = Array.from({ length: 100 }, (_, key) => new Parted('one', 5, 1, key).alone[0])
    expect(new Set(victims)).toEqual(new Set([1, 2, 3, 4, 5]))
  })

  test('of the leader cuts it off in both directions, and nobody else', () => {
    forAll('leader', 3, (parted, leader) => {
      expect(parted.isMutual).toBe(true)
      expect(parted.alone).toEqual([leader])
      for (const id of parted.others(leader)) expect(parted.heardBy(id).length).toBe(parted.ids.length - 2)
    })
  })

  test('that makes the leader deaf lets everybody hear it, and it nobody', () => {
    forAll('deaf', 2, (parted, leader) => {
      expect(parted.heardBy(leader)).toEqual([])
      for (const id of parted.others(leader)) expect(parted.heardBy(id)).toEqual(parted.others(id))
    })
  })

  test('that makes the leader mute lets it hear everybody, and nobody it', () => {
    forAll('mute', 2, (parted, leader) => {
      expect(parted.heardBy(leader)).toEqual(parted.others(leader))
      for (const id of parted.others(leader))
        expect(parted.heardBy(id)).toEqual(parted.others(id).filter((from) => from !== leader))
    })
  })

  test('with a bridge leaves one in the middle who hears all and is heard by all, and two halves around it', () => {
    forAll('bridge', 3, (parted) => {
      expect(parted.isMutual).toBe(true)
      const middles = parted.ids.filter((id) => parted.heardBy(id).length === parted.ids.length - 1)
      expect(middles.length).toBeGreaterThan(0)
      const around = parted.groups.filter((group) => group.length < parted.ids.length)
      expect([0, 2]).toContain(around.length)
      // Both halves have the middle in them, and nobody else is in both.
      if (around.length === 2) expect(around.flat().length).toBe(parted.ids.length + 1)
    })
  })

  test('with a bridge mostly leaves two halves that do not hear each other', () => {
    const parted = Array.from({ length: 100 }, (_, key) => new Parted('bridge', 5, 1, key))
    expect(parted.filter(({ groups }) => groups.length === 3).length).toBeGreaterThan(70)
  })

  test('into a ring lets everybody hear a majority with itself, each another one, and be heard by as many', () => {
    forAll('ring', 1, (parted) => {
      const { ids } = parted
      const majority = Math.floor(ids.length / 2) + 1
      for (const id of ids) {
        expect(parted.heardBy(id).length + 1).toBe(majority)
        expect(parted.others(id).filter((to) => parted.hears(to, id)).length + 1).toBe(majority)
      }
      if (ids.length > 2) {
        const heard = ids.map((id) => [id, ...parted.heardBy(id)].sort((a, b) => a - b).join())
        expect(new Set(heard).size).toBe(ids.length)
        expect(parted.isMutual).toBe(false)
      }
    })
  })

  test('into a ring goes by places and not by ids', () => {
    const cut = partition('ring', [4, 9, 6], 4, new Dice(1))
    expect(cut.map(String).sort()).toEqual(['4,6', '6,9', '9,4'])
  })
})

test('the directions between some nodes are all pairs of two different ones', () => {
  expect(directionsBetween([1, 2, 5]).map(String)).toEqual(['1,2', '1,5', '2,1', '2,5', '5,1', '5,2'])
  expect(directionsBetween([3])).toEqual([])
})
