/** What programs in Go and Rust have written with the protobuf of etcd and of raft-rs, or read: golden/README.md. */

import { readFileSync } from 'node:fs'

/** The content of a file of golden/. */
export function goldenFile(name: string): string {
  return readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8')
}

/** A file of golden/ that has one JSON object per line. */
export function goldenLines<T>(name: string): T[] {
  return goldenFile(name)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}

/** Bytes from hexadecimal digits. */
export function unhex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

/** Bytes as hexadecimal digits. */
export function hex(content: Uint8Array): string {
  return Buffer.from(content).toString('hex')
}
