/** Text in columns. */

/** Rows under a header; numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = header.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const isNumber = header.map(
    (_, at) => rows.every((row) => /^(?:[\d.]+(?: \S+)?)?$/.test(row[at] ?? '')) && at > 0,
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => {
        const width = widths[at] ?? 0
        return isNumber[at] === true ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [line(header), ...rows.map(line)]
}
