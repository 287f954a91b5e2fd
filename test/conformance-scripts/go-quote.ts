/** Bytes between double quotes, as Go's %q prints them. */

/** What stands for itself: letters, marks, numbers, punctuation, symbols, and of all spaces only the ASCII one. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

const named: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
])

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Quotes bytes. What is no UTF-8 comes out byte by byte, as `\x80`. */
export function goQuote(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const char = charAt(bytes, at)
    if (char === null) {
      text += `\\x${hex(bytes[at] as number, 2)}`
      at++
    } else {
      text += quoteChar(char)
      at += Buffer.byteLength(char)
    }
  }
  return `"${text}"`
}

/** The character whose encoding starts at `at`; null if none does. */
function charAt(bytes: Uint8Array, at: number): string | null {
  const lead = bytes[at] as number
  const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  try {
    // The decoder knows of overlong forms and surrogates, which are not UTF-8 either.
    return decoder.decode(bytes.subarray(at, at + length))
  } catch {
    return null
  }
}

function quoteChar(char: string): string {
  const name = named.get(char)
  if (name !== undefined) return name
  if (printable.test(char)) return char
  const code = char.codePointAt(0) as number
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, '0')
}
