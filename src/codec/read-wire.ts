/** Bytes to raftpb.Message. Fields may come in any order; of one that comes twice the last counts, and lists are added to. */

import type { Entry } from '../core/types.ts'
import { ByteReader } from './byte-reader.ts'
import { unreadable } from './codec-error.ts'
import type { Dialect } from './dialect.ts'
import { readEntry } from './entry.ts'
import { noSnapshot, readSnapshot, type SnapshotParts } from './snapshot.ts'
import { readUsualEntries } from './usual-entry.ts'
import { tags, WireMessage } from './wire-message.ts'
import type { Wire } from './write-wire.ts'

/** Reads a message that is all of `bytes`. Payloads are views of them. Throws if it is none, or of another cluster. */
export function readWire(bytes: Uint8Array, wire: Wire): WireMessage {
  const reader = new ByteReader(bytes)
  const m = new WireMessage(0, 0, 0)
  const entries: Entry[] = []
  let snapshot: SnapshotParts | null = null
  while (!reader.isAtEnd) {
    const tag = reader.tag()
    switch (tag) {
      case 0x08:
        m.type = reader.uint()
        break
      case 0x10:
        m.to = reader.uint()
        break
      case 0x18:
        m.from = reader.uint()
        break
      case 0x20:
        m.term = reader.uint()
        break
      case 0x28:
        m.logTerm = reader.uint()
        break
      case 0x30:
        m.index = reader.uint()
        break
      case 0x3a:
        if (!readUsualEntries(reader, entries)) entries.push(readInner(reader, wire.dialect))
        break
      case 0x40:
        m.commit = reader.uint()
        break
      case 0x4a: {
        snapshot ??= noSnapshot()
        const outer = reader.enter()
        readSnapshot(reader, snapshot)
        reader.leave(outer)
        break
      }
      default:
        readLater(reader, tag, m, wire)
    }
  }
  m.entries = entries
  m.snapshot = snapshot
  return m
}

function readInner(reader: ByteReader, dialect: Dialect): Entry {
  const outer = reader.enter()
  const entry = readEntry(reader, dialect)
  reader.leave(outer)
  return entry
}

/** The fields that are rarer, and those that not everybody has. */
function readLater(reader: ByteReader, tag: number, m: WireMessage, { dialect, cluster }: Wire): void {
  switch (tag) {
    case 0x50:
      m.reject = reader.bool()
      return
    case 0x58:
      m.rejectHint = reader.uint()
      return
    case 0x62:
      m.context = reader.view()
      return
    case tags.session:
      m.session = reader.uint()
      return
    case tags.cluster:
      return checkCluster(reader, cluster)
    case tags.byRound:
      m.byRound = reader.bool()
      return
    default:
      if (dialect === 'etcd') readForEtcd(reader, tag, m)
      else readForRaftRs(reader, tag, m)
  }
}

function readForEtcd(reader: ByteReader, tag: number, m: WireMessage): void {
  if (tag === tags.priority) m.priority = reader.int()
  else if (tag === tags.committedIndex) m.committedIndex = reader.uint()
  else if (tag === tags.committedTerm) m.committedTerm = reader.uint()
  else reader.skip(tag, etcdFields)
}

function readForRaftRs(reader: ByteReader, tag: number, m: WireMessage): void {
  if (tag === tags.commitTerm) m.commitTerm = reader.uint()
  else if (tag === tags.eraftPriority) m.priority = reader.int()
  else reader.skip(tag, raftRsFields)
}

/** Who says nothing of it may be of any: other implementations do not know the field. */
function checkCluster(reader: ByteReader, cluster: Uint8Array | null): void {
  const start = reader.at
  const named = reader.view()
  if (cluster === null) return
  const isSame = named.length === cluster.length && named.every((byte, at) => byte === cluster[at])
  if (!isSame) throw unreadable('a message of the same cluster', start, new TextDecoder().decode(named))
}

/** What is known may not come as something else. 13 and 14 are passed over in whatever form: they differ by implementation. */
const etcdFields: ReadonlySet<number> = new Set([
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1001, 1002, 1003, 1004, 1005, 1006,
])
const raftRsFields: ReadonlySet<number> = new Set([
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 1001, 1005, 1006,
])
