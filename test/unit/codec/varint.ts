/** Numbers as protobuf writes them, made by other means than those that are tested. */

/** A varint of any number below 2^64. */
export function varint(value: bigint | number): number[] {
  const out: number[] = []
  let rest = BigInt(value)
  for (; rest > 0x7fn; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80)
  return [...out, Number(rest)]
}

/** The same number in `more` bytes more. */
export function stretched(digits: number[], more: number): number[] {
  if (more === 0) return digits
  const last = digits.length - 1
  const zeros = Array.from({ length: more }, (_, i) => (i < more - 1 ? 0x80 : 0))
  return digits.map((digit, i) => (i === last ? digit | 0x80 : digit)).concat(zeros)
}
