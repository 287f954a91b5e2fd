/** A log and its damage, for an operator. Nothing is changed, and nothing has to be whole: whatever can be read is told. */

import { describeCause } from '../../core/errors.ts'
import { ByteReader } from './bytes.ts'
import { list, readFile, type Steps } from './file-system.ts'
import { decodeManifest, type Manifest, manifestFile } from './manifest.ts'
import { type Operation, readOperations } from './operation.ts'
import { type Recovered, recover } from './recovery.ts'
import { SegmentScan, type FoundRecord } from './scan.ts'
import { decodeSegmentHeader, fileOf, seedOf, segmentHeaderSize, type SegmentName } from './segment.ts'

/** What is to be printed, and whether the log can be opened. */
export interface Inspection {
  readonly lines: readonly string[]
  readonly isIntact: boolean
}

/**
 * Looks at the log in a directory.
 * @param showRecords - each record on a line of its own?
 */
export function* inspect(directory: string, showRecords: boolean): Steps<Inspection> {
  const lines: string[] = []
  const names = yield* list(directory)
  if (!names.includes(manifestFile) && !names.some((name) => name.endsWith('.wal')))
    throw new Error(`There is no log in ${directory}`)
  const manifest = yield* manifestIn(directory, names, lines)
  for (const name of manifest?.segments ?? []) yield* inspectSegment(directory, name, showRecords, lines)
  if (manifest === null) return { lines, isIntact: false }
  const isIntact = yield* verdictOn(directory, manifest, lines)
  return { lines, isIntact }
}

function* manifestIn(directory: string, names: readonly string[], lines: string[]): Steps<Manifest | null> {
  try {
    const file = `${directory}/${manifestFile}`
    const manifest = decodeManifest(yield* readFile(file), file)
    const { cluster, node, log } = manifest.identity
    lines.push(`log ${log} of node ${node} of the cluster ${JSON.stringify(cluster)}`)
    const known = new Set(manifest.segments.map(fileOf))
    for (const name of names)
      if (name.endsWith('.wal') && !known.has(name)) lines.push(`${name}: no part of the log`)
    return manifest
  } catch (error) {
    lines.push(`${manifestFile}: DAMAGED: ${describeCause(error)}`)
    return null
  }
}

function* inspectSegment(directory: string, name: SegmentName, showRecords: boolean, lines: string[]): Steps {
  const file = fileOf(name)
  try {
    const bytes = yield* readFile(`${directory}/${file}`)
    const { firstNumber, previous } = decodeSegmentHeader(bytes, file)
    const scan = new SegmentScan(bytes, seedOf(bytes), segmentHeaderSize, { number: firstNumber, previous })
    const records: string[] = []
    for (let record = scan.read(); record !== null; record = scan.read())
      records.push(`  ${describe(record)}`)
    const end = {
      clean: 'zeros follow',
      torn: 'a torn write follows',
      ambiguous: 'DAMAGE follows',
      corrupt: 'DAMAGE follows',
    }
    lines.push(
      `${file}: ${records.length} records from ${firstNumber} on, to byte ${scan.offset} of ${bytes.length}; ${end[scan.judge()]}`,
    )
    if (showRecords) lines.push(...records)
  } catch (error) {
    const isGone = (error as { code?: unknown }).code === 'ENOENT'
    lines.push(
      `${file}: ${isGone ? 'is not there (it may have been compacted)' : `DAMAGED: ${describeCause(error)}`}`,
    )
  }
}

function describe({ number, offset, payload }: FoundRecord): string {
  const operations = readOperations(new ByteReader(payload)).map(describeOperation)
  return `${number} at ${offset}, ${payload.length} bytes: ${operations.join(', ')}`
}

function describeOperation(operation: Operation): string {
  switch (operation.type) {
    case 'base':
      return `log to ${operation.last}, ${operation.compacted.index} compacted`
    case 'hardState': {
      const { term, vote, commit } = operation.hardState
      return `term ${term}, vote ${vote ?? 'for nobody'}, commit ${commit}`
    }
    case 'entries': {
      const [first, last] = [operation.entries[0], operation.entries.at(-1)]
      return `entries ${first?.index} to ${last?.index}, terms ${first?.term} to ${last?.term}`
    }
    case 'install':
      return `snapshot of a leader at ${operation.mark.index}, ${operation.mark.size} bytes`
    case 'snapshot':
      return `own snapshot at ${operation.mark.index}, ${operation.mark.size} bytes`
    case 'confState':
      return `voters ${operation.confState.voters.join(' ')} as of ${operation.index}`
    case 'compact':
      return `compacted to ${operation.upTo.index}`
  }
}

/** As it would be opened. */
function* verdictOn(directory: string, { identity }: Manifest, lines: string[]): Steps<boolean> {
  try {
    const found: Recovered = yield* recover({ directory, identity, tornTail: 'strict' })
    const { state, torn } = found
    lines.push(
      `entries ${state.compacted.index + 1} to ${state.last}; ${state.hardState === null ? 'no hard state' : describeOperation({ type: 'hardState', hardState: state.hardState })}; ${state.snapshot === null ? 'no snapshot' : `snapshot at ${state.snapshot.index}`}`,
    )
    if (torn !== null)
      lines.push(
        `a write at byte ${torn.offset} of ${torn.file} was torn: nobody was told that it was durable`,
      )
    lines.push('INTACT: it can be opened')
    return true
  } catch (error) {
    lines.push(`DAMAGED: ${describeCause(error)}`)
    return false
  }
}
