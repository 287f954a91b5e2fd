/** Values that are to be compared with later, or that nobody may change; and bytes to fill them with. */

/** The same, frozen all the way down but for the bytes, which cannot be. */
export function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const part of Object.values(value)) frozen(part)
    Object.freeze(value)
  }
  return value
}

/** A copy all the way down, to compare with later. */
export function copyOf<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return value.slice() as Value
  if (Array.isArray(value)) return value.map(copyOf) as Value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copyOf(part)])) as Value
}

/** `length` bytes that repeat only after a while, so that a piece that is lost or doubled shows. */
export function manyBytes(length: number): Uint8Array {
  const many = new Uint8Array(length)
  for (let at = 0; at < length; at++) many[at] = at * 7 + (at >>> 8)
  return many
}
