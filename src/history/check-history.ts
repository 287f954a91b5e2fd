/** Do these operations make a history? Each by itself, then each client and each key over all of them. */

import { describeValue } from '../core/errors.ts'
import { checkOperation } from './check-operation.ts'
import { describePlace, HistoryError, type Place } from './history-error.ts'
import { keyTypes, type Operation, type OperationKind } from './operation.ts'

interface Placed {
  readonly operation: Operation
  readonly place: Place
}

/** Tells a place by the position in the history. */
export type PlaceOf = (index: number) => Place

/**
 * Checks records that should be operations, and answers them as such, in their order.
 * @throws HistoryError
 */
export function checkHistory(records: readonly unknown[], placeOf: PlaceOf = byIndex): readonly Operation[] {
  const placed: Placed[] = []
  for (let index = 0; index < records.length; index++) {
    const place = placeOf(index)
    placed.push({ operation: checkOperation(records[index], place), place })
  }
  checkKeys(placed)
  for (const own of groupBy(placed, ({ operation }) => operation.client)) checkClient(own)
  return records as readonly Operation[]
}

const byIndex: PlaceOf = (index) => ({ line: null, index })

/** A key is a register or a list. */
function checkKeys(placed: readonly Placed[]): void {
  const first = new Map<string, { kind: OperationKind; place: Place }>()
  for (const { operation, place } of placed) {
    const { key, kind } = operation
    const known = first.get(key)
    if (known === undefined) first.set(key, { kind, place })
    else if (keyTypes[known.kind] !== keyTypes[kind]) {
      const other = `${known.kind} (${describePlace(known.place)}) made it a ${keyTypes[known.kind]}`
      const what = `expected key ${describeValue(key)} to stay what it is, got ${describeValue(kind)}: ${other}`
      throw new HistoryError(place, what, 'Use different keys for registers and lists', kind)
    }
  }
}

/** A client waits for its answer before it goes on: otherwise what it did has no order, and the record is wrong. */
function checkClient(own: Placed[]): void {
  own.sort((a, b) => a.operation.invoked - b.operation.invoked || endOf(a) - endOf(b))
  let before: Placed | null = null
  for (const now of own) {
    if (before !== null && endOf(before) > now.operation.invoked) throw overlap(before, now)
    before = now
  }
}

function overlap(before: Placed, now: Placed): HistoryError {
  const { client, invoked } = now.operation
  const { returned } = before.operation
  const until = returned === null ? 'never answered' : `answered at ${returned} only`
  const what = `client ${describeValue(client)} invoked at ${invoked} while its operation of ${describePlace(before.place)} was open, which was ${until}`
  const fix = 'A client waits for its answer, and takes a new name after an operation without one'
  return new HistoryError(now.place, what, fix, client)
}

function endOf({ operation }: Placed): number {
  return operation.returned ?? Infinity
}

/** Sorts things into groups of the same name, both in the order in which they came. */
export function groupBy<Item>(items: Iterable<Item>, nameOf: (item: Item) => unknown): Item[][] {
  const groups = new Map<unknown, Item[]>()
  for (const item of items) {
    const name = nameOf(item)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item])
    else group.push(item)
  }
  return [...groups.values()]
}
