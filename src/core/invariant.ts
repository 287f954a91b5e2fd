/** Assertions about this library itself. What fails here is a bug in it, never a caller's mistake. */

import { InvariantError } from './errors.ts'

/** Throws an {@link InvariantError} naming the broken `property` unless `condition` holds. */
export function invariant(condition: boolean, property: string): asserts condition {
  if (!condition) throw new InvariantError(property)
}

/** The end of an exhaustive switch: a case that was forgotten does not compile. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable case: ${JSON.stringify(value)}`)
}
