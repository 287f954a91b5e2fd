/** The nodes of a script: how many, with which options, and which of them are members from the start. */

import type { Dice, Weighted } from './dice.ts'
import { command, type Step } from './script.ts'
import { allIds, type Sketch } from './sketch.ts'

type Option = readonly [key: string, value: string]

const most = 7

/** The first nodes of a cluster. */
export function setUp(dice: Dice, sketch: Sketch): readonly Step[] {
  const count = dice.weighted<number>([
    [8, 1],
    [8, 2],
    [40, 3],
    [10, 4],
    [20, 5],
    [4, 6],
    [6, 7],
  ])
  // A cluster without a membership does nothing; it is seen how it does that.
  if (dice.chance(2)) return [addNodes(dice, sketch, count, [])]
  const members = membersOf(dice, count)
  const [first] = members.voters
  sketch.voters = [...members.voters]
  sketch.learners = [...members.learners]
  sketch.base = dice.weighted([
    [30, 2],
    [30, 10],
    [20, dice.int(2, 20)],
    [2, 1_000_000],
  ])
  sketch.settled = sketch.base
  const bootstrap = bootstrapOptions(dice, sketch)
  // Mostly all nodes are alike. If not, they have different options and the same membership.
  if (first === undefined || dice.chance(85)) return [addNodes(dice, sketch, count, bootstrap)]
  const split = dice.int(1, count)
  const steps = [addNodes(dice, sketch, split, bootstrap)]
  if (split < count) steps.push(addNodes(dice, sketch, count - split, bootstrap))
  return steps
}

/** A node more, which is no member yet and has an empty log, mostly. */
export function addOne(dice: Dice, sketch: Sketch): readonly Step[] {
  if (sketch.nodes >= most) return []
  return [
    addNodes(
      dice,
      sketch,
      1,
      dice.chance(85) || sketch.voters.length === 0 ? [] : bootstrapOptions(dice, sketch),
    ),
  ]
}

function membersOf(dice: Dice, count: number): { voters: readonly number[]; learners: readonly number[] } {
  const all = Array.from({ length: count }, (_, i) => i + 1)
  if (dice.chance(60)) return { voters: all, learners: [] }
  // Some of those that are there, and now and then somebody who is not.
  const voters = dice.some(all, dice.int(1, count))
  const rest = all.filter((id) => !voters.includes(id))
  const absent = voters.length > 1 && dice.chance(12) ? [count + 1] : []
  const learners = dice.chance(60) ? dice.some(rest, dice.int(1, 3)) : []
  return { voters: [...voters, ...absent], learners }
}

function bootstrapOptions(dice: Dice, { voters, learners, base }: Sketch): readonly Option[] {
  const options: Option[] = []
  if (voters.length > 0) options.push(['voters', list(dice, voters)])
  if (learners.length > 0) options.push(['learners', list(dice, learners)])
  // An index of 1 or less is refused.
  options.push(['index', String(dice.chance(99) ? base : dice.int(0, 1))])
  if (dice.chance(20))
    options.push(['content', dice.pick(['s', 'state', 'a-longer-state-of-the-application'])])
  return options
}

function list(dice: Dice, ids: readonly number[]): string {
  const order = dice.chance(90) ? ids : dice.shuffled(ids)
  return `(${order.join(dice.chance(90) ? ',' : ', ')})`
}

function addNodes(dice: Dice, sketch: Sketch, count: number, bootstrap: readonly Option[]): Step {
  const options = [...bootstrap, ...behaviour(dice, sketch)]
  const ordered = dice.chance(70) ? options : dice.shuffled(options)
  const refused = options.some(
    ([key, value]) => (key === 'index' && Number(value) <= 1) || value === 'sometimes',
  )
  if (!refused) sketch.nodes += count
  return command(['add-nodes', count, ...ordered.map(([key, value]) => `${key}=${value}`)].join(' '))
}

/** Each option now and then, so that most nodes have one or two. */
function behaviour(dice: Dice, sketch: Sketch): readonly Option[] {
  const options: Option[] = []
  const flag = (key: string, percent: number): boolean => {
    if (!dice.chance(percent)) return false
    const value = dice.weighted(truths)
    options.push([key, value])
    return /^[1tT]/.test(value)
  }
  flag('prevote', 30)
  const checksQuorum = flag('checkquorum', 30)
  // Leases without the check are refused by a panic, which ends a script.
  if (dice.chance(12)) options.push(['read-only', checksQuorum && dice.chance(60) ? 'lease-based' : 'safe'])
  else if (dice.chance(0.3)) options.push(['read-only', 'sometimes'])
  if (flag('async-storage-writes', 30)) sketch.async = true
  flag('step-down-on-removal', 25)
  flag('disable-conf-change-validation', 12)
  if (dice.chance(25)) options.push(['inflight', String(dice.int(1, 5))])
  if (dice.chance(15)) options.push(['max-committed-size-per-ready', String(dice.int(0, 80))])
  return options
}

const truths: readonly [Weighted<string>, ...Weighted<string>[]] = [
  [80, 'true'],
  [10, 'false'],
  [2, '1'],
  [2, 't'],
  [2, 'True'],
  [2, 'F'],
]

/** Ids of members that may or may not exist, for changes of the membership. */
export function strangers(sketch: Sketch): readonly number[] {
  const known = new Set([...sketch.voters, ...sketch.learners])
  return allIds(sketch).filter((id) => !known.has(id))
}
