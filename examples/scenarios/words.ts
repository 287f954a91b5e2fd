/** Numbers and lists in words. */

/** `1 node`, `3 nodes`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

/** `1`, `1 and 2`, `1, 2 and 3`. */
export function list(items: readonly (number | string)[]): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** `node 1`, `nodes 1, 2 and 3`. */
export function nodesText(ids: readonly number[]): string {
  return `${ids.length === 1 ? 'node' : 'nodes'} ${list(ids)}`
}
