/** Two texts side by side, line by line. */

/** The lines that only one of the two has: `-` for the expected, `+` for the actual ones. Common lines stand between them. */
export function diff(expected: readonly string[], actual: readonly string[]): string {
  const lengths = commonLengths(expected, actual)
  const lines: string[] = []
  let e = 0
  let a = 0
  while (e < expected.length || a < actual.length) {
    const left = expected[e]
    const right = actual[a]
    if (left !== undefined && left === right) {
      lines.push(`    ${left}`)
      e++
      a++
    } else if (
      right === undefined ||
      (left !== undefined && lengthAt(lengths, e + 1, a) >= lengthAt(lengths, e, a + 1))
    ) {
      lines.push(`  - ${left}`)
      e++
    } else {
      lines.push(`  + ${right}`)
      a++
    }
  }
  return lines.join('\n')
}

/** For each pair of positions, how many lines the two rests have in common, in order. */
function commonLengths(left: readonly string[], right: readonly string[]): readonly (readonly number[])[] {
  const lengths = Array.from({ length: left.length + 1 }, () => Array.from(right, () => 0).concat(0))
  for (let l = left.length - 1; l >= 0; l--) {
    for (let r = right.length - 1; r >= 0; r--) {
      const row = lengths[l] as number[]
      row[r] =
        left[l] === right[r]
          ? lengthAt(lengths, l + 1, r + 1) + 1
          : Math.max(lengthAt(lengths, l + 1, r), lengthAt(lengths, l, r + 1))
    }
  }
  return lengths
}

function lengthAt(lengths: readonly (readonly number[])[], l: number, r: number): number {
  return lengths[l]?.[r] ?? 0
}
