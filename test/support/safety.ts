/**
 * The five properties of figure 3, checked over all servers of a cluster after every single call, and what they rest on:
 * promises are durable before they are made, and nobody votes twice. It watches from outside: traces, storages, messages.
 */

import type { Entry, LogIndex, NodeId, PeerMessage, RoleName, Snapshot, Term, TraceEvent } from 'quorate'
import { commandsOf } from './machine.ts'
import type { Observer, Server } from './server.ts'
import { text } from './entries.ts'

/** One slot of the log, as all servers must agree on it. */
interface Slot {
  readonly term: Term
  readonly content: string
}

/** What is known of a server's log: everything behind `base`, durable or not. */
interface Shadow {
  base: LogIndex
  baseTerm: Term
  entries: Entry[]
  commit: LogIndex
  role: RoleName
}

/** Finds out whether a cluster ever breaks a promise. */
export class Safety implements Observer {
  /** The highest commit index that any server has ever known. */
  highestCommit: LogIndex = 0
  readonly #shadows = new Map<NodeId, Shadow>()
  readonly #leaders = new Map<Term, string>()
  readonly #votes = new Map<string, NodeId>()
  /** What stands before each entry there ever was: the inductive step of Log Matching. */
  readonly #entries = new Map<string, string>()
  readonly #committed = new Map<LogIndex, Slot & { readonly in: Term }>()
  readonly #reads = new Map<string, LogIndex>()
  /** What a trace has shown, kept until the call is over: a trace must not throw. */
  #violation: unknown = null

  /** The index of the first members' snapshot is committed from the beginning. */
  constructor(firstSnapshot: LogIndex) {
    this.#committed.set(firstSnapshot, { term: 1, content: '-', in: 0 })
    this.highestCommit = firstSnapshot
  }

  started(server: Server): void {
    const { storage } = server
    const base = storage.firstIndex() - 1
    const stored = storage.entries(base + 1, storage.lastIndex() + 1, Infinity)
    const shadow: Shadow = {
      base,
      baseTerm: storage.term(base) as Term,
      entries: typeof stored === 'string' ? [] : [...stored],
      commit: base,
      role: 'follower',
    }
    this.#shadows.set(server.id, shadow)
    this.#commit(server, shadow, server.node.status().commit)
    this.called(server)
  }

  traced(server: Server, event: TraceEvent): void {
    const shadow = this.#shadows.get(server.id)
    if (shadow === undefined) return // while it is being made
    try {
      this.#follow(server, shadow, event)
    } catch (error) {
      this.#violation ??= error
    }
  }

  #follow(server: Server, shadow: Shadow, event: TraceEvent): void {
    if (event.type === 'entriesAppended') this.#append(server, shadow, event.entries, event.truncatedFrom)
    else if (event.type === 'committed') this.#commit(server, shadow, event.to)
    else if (event.type === 'snapshotRestored') this.#install(server, shadow, event.index)
    else if (event.type === 'roleChanged') {
      shadow.role = event.to
      if (event.to === 'leader') this.#lead(server, shadow, event.term)
    }
  }

  /** The traces must not have missed anything. */
  called(server: Server): void {
    if (this.#violation instanceof Error) throw this.#violation
    const shadow = this.#shadowOf(server)
    const { lastIndex, commit, role } = server.node.status()
    if (lastIndex !== lastOf(shadow))
      violated(server, `has a log to ${lastIndex}, traced to ${lastOf(shadow)}`)
    if (commit !== shadow.commit) violated(server, `has commit ${commit}, traced ${shadow.commit}`)
    if (role !== shadow.role) violated(server, `is ${role}, traced as ${shadow.role}`)
  }

  sent(server: Server, message: PeerMessage): void {
    const { type } = message
    if (type === 'MsgVoteResp' && !message.reject) this.#vote(server, message.term, message.to)
    if (type === 'MsgVote') this.#vote(server, message.term, server.id)
    if (type !== 'MsgAppResp' && type !== 'MsgVoteResp') return
    const { storage } = server
    const durable = storage.hardState()?.term ?? 0
    if (durable < message.term)
      violated(server, `sends a ${type} of term ${message.term} before that is durable`)
    // What a later term has replaced before it was written is as good as written and replaced.
    const isCurrent = durable === message.term
    if (isCurrent && type === 'MsgAppResp' && !message.reject && storage.lastIndex() < message.match)
      violated(server, `acknowledges ${message.match} with a durable log to ${storage.lastIndex()}`)
  }

  applied(server: Server, entry: Entry): void {
    const slot = this.#committed.get(entry.index)
    if (slot === undefined) return violated(server, `applies entry ${entry.index}, which is not committed`)
    if (slot.term !== entry.term || slot.content !== contentOf(entry))
      violated(
        server,
        `applies ${describe(entry)} at ${entry.index}, others ${slot.content}@${slot.term} (State Machine Safety)`,
      )
  }

  restored(server: Server, snapshot: Snapshot): void {
    const expected: string[] = []
    for (let index = 1; index <= snapshot.index; index++) {
      const content = this.#committed.get(index)?.content ?? '-'
      if (content.startsWith('=')) expected.push(content.slice(1))
    }
    const got = commandsOf(snapshot)
    if (got.join() !== expected.join())
      violated(server, `restores [${got.join()}] at ${snapshot.index}, others applied [${expected.join()}]`)
  }

  /** A read is asked for: it has to see everything that is committed anywhere by now. */
  expectRead(context: string): void {
    this.#reads.set(context, this.highestCommit)
  }

  read(server: Server, context: Uint8Array, index: LogIndex): void {
    const wanted = this.#reads.get(text(context)) ?? 0
    if (index < wanted)
      violated(
        server,
        `reads ${text(context)} at ${index}, when ${wanted} was committed before it was asked for`,
      )
  }

  #lead(server: Server, shadow: Shadow, term: Term): void {
    const name = `${server.id} in its life ${server.life}`
    const other = this.#leaders.get(term)
    if (other !== undefined) violated(server, `leads term ${term}, as did ${other} (Election Safety)`)
    this.#leaders.set(term, name)
    for (const [index, slot] of this.#committed) {
      if (slot.in >= term || index <= shadow.base) continue
      if (slotAt(shadow, index)?.term !== slot.term)
        violated(server, `leads term ${term} without the committed entry ${index} (Leader Completeness)`)
    }
  }

  #append(server: Server, shadow: Shadow, entries: readonly Entry[], truncatedFrom: LogIndex | null): void {
    const first = entries[0]?.index ?? 0
    const last = lastOf(shadow)
    if (shadow.role === 'leader' && (truncatedFrom !== null || first !== last + 1))
      violated(server, `changes its log at ${first} as leader (Leader Append-Only)`)
    if (first > last + 1 || first <= shadow.base || (truncatedFrom ?? last + 1) !== first)
      violated(
        server,
        `appends at ${first}, truncating from ${truncatedFrom ?? 'nothing'}, to a log to ${last}`,
      )
    if (first <= shadow.commit) violated(server, `replaces the committed entry ${first}`)
    shadow.entries.length = first - 1 - shadow.base
    for (const entry of entries) {
      const before = `${slotAt(shadow, entry.index - 1)?.term ?? shadow.baseTerm} ${contentOf(entry)}`
      const key = `${entry.index}@${entry.term}`
      const known = this.#entries.get(key)
      if (known !== undefined && known !== before)
        violated(server, `has ${before} at ${key}, another log has ${known} (Log Matching)`)
      this.#entries.set(key, before)
      shadow.entries.push(entry)
    }
  }

  #commit(server: Server, shadow: Shadow, to: LogIndex): void {
    const { term } = server.node.status()
    for (let index = shadow.commit + 1; index <= to; index++) {
      const slot = slotAt(shadow, index)
      if (slot === undefined) return violated(server, `commits ${index}, which it does not hold`)
      const known = this.#committed.get(index)
      if (known === undefined) this.#committed.set(index, { ...slot, in: term })
      else if (known.term !== slot.term || known.content !== slot.content)
        violated(
          server,
          `commits ${slot.content}@${slot.term} at ${index}, others ${known.content}@${known.term} (State Machine Safety)`,
        )
    }
    shadow.commit = Math.max(shadow.commit, to)
    this.highestCommit = Math.max(this.highestCommit, to)
  }

  #install(server: Server, shadow: Shadow, index: LogIndex): void {
    const slot = this.#committed.get(index)
    if (slot === undefined) return violated(server, `restores a snapshot at ${index}, which is not committed`)
    if (shadow.role !== 'follower') violated(server, `restores a snapshot as ${shadow.role}`)
    shadow.base = index
    shadow.baseTerm = slot.term
    shadow.entries = []
    shadow.commit = index
  }

  #vote(server: Server, term: Term, candidate: NodeId): void {
    const key = `${server.id} in term ${term}`
    const other = this.#votes.get(key)
    if (other !== undefined && other !== candidate)
      violated(server, `votes for ${candidate} in term ${term}, after ${other} (§5.2)`)
    this.#votes.set(key, candidate)
  }

  #shadowOf(server: Server): Shadow {
    const shadow = this.#shadows.get(server.id)
    if (shadow === undefined) throw new Error(`server ${server.id} was never started`)
    return shadow
  }
}

function lastOf(shadow: Shadow): LogIndex {
  return shadow.base + shadow.entries.length
}

function slotAt(shadow: Shadow, index: LogIndex): Slot | undefined {
  const entry = shadow.entries[index - shadow.base - 1]
  if (entry !== undefined) return { term: entry.term, content: contentOf(entry) }
  return index === shadow.base ? { term: shadow.baseTerm, content: '?' } : undefined
}

/** Commands begin with "=", so that nothing else is taken for one. */
function contentOf(entry: Entry): string {
  if (entry.type === 'EntryNormal') return entry.data === null ? '-' : `=${text(entry.data)}`
  return entry.change === null ? 'leave' : JSON.stringify(entry.change)
}

function describe(entry: Entry): string {
  return `${contentOf(entry)}@${entry.term}`
}

function violated(server: Server, what: string): never {
  throw new Error(`server ${server.id} ${what}`)
}
