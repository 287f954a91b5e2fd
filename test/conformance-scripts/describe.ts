/** How the scripts print a Ready, a message, an entry, a snapshot. The names are the reference's, mapped from ours here. */

import type {
  ConfState,
  Entry,
  EntryId,
  HardState,
  LogIndex,
  Message,
  MsgStorageAppend,
  MsgStorageApply,
  NodeId,
  ProposedEntry,
  Ready,
  RoleName,
  Snapshot,
  StorageThread,
  Term,
} from 'quorate'

import { goQuote } from './go-quote.ts'

/** Everything that is ever printed as a message: what travels, and the work of the storage threads. */
export type AnyMessage = Message | MsgStorageAppend | MsgStorageApply

const roleNames: Readonly<Record<RoleName, string>> = {
  follower: 'StateFollower',
  'pre-candidate': 'StatePreCandidate',
  candidate: 'StateCandidate',
  leader: 'StateLeader',
}

/** `StateLeader` and its like. */
export function describeRole(role: RoleName): string {
  return roleNames[role]
}

/** A Ready, ending with a line break; an empty one in angle brackets, without. */
export function describeReady(ready: Ready): string {
  const { softState, hardState, readStates, entries, snapshot, committedEntries, mustSync } = ready
  const lines: string[] = []
  if (softState !== null) lines.push(`Lead:${softState.leader ?? 0} State:${describeRole(softState.role)}`)
  if (hardState !== null) lines.push(`HardState ${describeHardState(hardState)}`)
  if (readStates.length > 0) {
    const states = readStates.map(({ index, context }) => `{${index} [${context.join(' ')}]}`)
    lines.push(`ReadStates [${states.join(' ')}]`)
  }
  if (entries.length > 0) lines.push('Entries:', ...entries.map(describeEntry))
  if (snapshot !== null) lines.push(`Snapshot ${describeSnapshot(snapshot)}`)
  if (committedEntries.length > 0) lines.push('CommittedEntries:', ...committedEntries.map(describeEntry))
  const messages = messagesOf(ready)
  if (messages.length > 0) lines.push('Messages:', ...messages.map((m) => describeMessage(m)))
  if (lines.length === 0) return '<empty Ready>'
  return `Ready MustSync=${mustSync}:\n${lines.join('\n')}\n`
}

/** The messages of a Ready in the order in which the reference lists them. */
function messagesOf({ messages, persistedMessages, storageAppend, storageApply }: Ready): AnyMessage[] {
  const all: AnyMessage[] = [...messages, ...persistedMessages]
  if (storageAppend !== null) all.push(storageAppend)
  if (storageApply !== null) all.push(storageApply)
  return all
}

function describeHardState({ term, vote, commit }: HardState): string {
  return `Term:${term}${vote === null ? '' : ` Vote:${vote}`} Commit:${commit}`
}

/** `term/index EntryNormal "data"`; a proposal has no place in the log yet and is printed with 0/0. */
export function describeEntry(entry: Entry | ProposedEntry): string {
  const place = 'index' in entry ? `${entry.term}/${entry.index}` : '0/0'
  const content = describeContent(entry)
  return `${place} ${entry.type}${content === '' ? '' : ` ${content}`}`
}

function describeContent(entry: Entry | ProposedEntry): string {
  if (entry.type === 'EntryNormal') return goQuote(entry.data ?? new Uint8Array())
  if (entry.type === 'EntryConfChange') return describeChange(entry.change)
  return entry.change?.changes.map(describeChange).join(' ') ?? ''
}

const changeLetters = { AddNode: 'v', AddLearnerNode: 'l', RemoveNode: 'r', UpdateNode: 'u' } as const

function describeChange({ type, nodeId }: { type: keyof typeof changeLetters; nodeId: NodeId }): string {
  return `${changeLetters[type]}${nodeId}`
}

/** `Index:i Term:t ConfState:…`. */
function describeSnapshot({ index, term, confState }: Snapshot): string {
  return `Index:${index} Term:${term} ConfState:${describeConfState(confState)}`
}

/** `Voters:[1 2] …`. */
function describeConfState(config: ConfState): string {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = config
  return (
    `Voters:[${voters.join(' ')}] VotersOutgoing:[${votersOutgoing.join(' ')}] ` +
    `Learners:[${learners.join(' ')}] LearnersNext:[${learnersNext.join(' ')}] AutoLeave:${autoLeave}`
  )
}

/** A message: one line, and more for several entries, a snapshot or responses. All but the first bring their own indent. */
export function describeMessage(m: AnyMessage, indent = ''): string {
  const parts = partsOf(m)
  const { term = 0, log = nowhere, hint, commit = 0, vote = 0, entries = [], snapshot, responses } = parts
  let text = `${indent}${end(m.from)}->${end(m.to)} ${m.type} Term:${term} Log:${log.term}/${log.index}`
  if (hint !== undefined) text += ` Rejected (Hint: ${hint})`
  if (commit !== 0) text += ` Commit:${commit}`
  if (vote !== 0) text += ` Vote:${vote}`
  if (entries.length === 1) text += ` Entries:[${entries.map(describeEntry).join('')}]`
  if (entries.length > 1)
    text += ` Entries:[${entries.map((e) => `\n${indent}  ${describeEntry(e)}`).join('')}\n${indent}]`
  if (snapshot !== undefined && snapshot !== null && snapshot.index !== 0)
    text += `\n${indent}  Snapshot: ${describeSnapshot(snapshot)}`
  if (responses !== undefined && responses.length > 0)
    text += ` Responses:[${responses.map((r) => `\n${describeMessage(r, `${indent}  `)}`).join('')}\n${indent}]`
  return text
}

/** The fields of the one message type that the reference has for everything. What is left out is zero. */
interface Parts {
  readonly term?: Term
  readonly log?: EntryId
  /** Set if the message is a rejection. */
  readonly hint?: LogIndex
  readonly commit?: LogIndex
  readonly vote?: NodeId
  readonly entries?: readonly (Entry | ProposedEntry)[]
  readonly snapshot?: Snapshot | null
  readonly responses?: readonly AnyMessage[]
}

const nowhere: EntryId = { term: 0, index: 0 }

function partsOf(m: AnyMessage): Parts {
  switch (m.type) {
    case 'MsgProp':
      return { entries: m.entries }
    case 'MsgApp': {
      const { term, prevLogTerm, prevLogIndex: index, commit, entries } = m
      return { term, log: { term: prevLogTerm, index }, commit, entries }
    }
    case 'MsgAppResp':
      if (!m.reject) return { term: m.term, log: { term: 0, index: m.match } }
      return { term: m.term, log: { term: m.hint.term, index: m.rejected }, hint: m.hint.index }
    case 'MsgVote':
    case 'MsgPreVote':
      return { term: m.term, log: { term: m.lastLogTerm, index: m.lastLogIndex } }
    case 'MsgVoteResp':
    case 'MsgPreVoteResp':
      return m.reject ? { term: m.term, hint: 0 } : { term: m.term }
    case 'MsgHeartbeat':
      return { term: m.term, commit: m.commit }
    case 'MsgSnap':
      return { term: m.term, snapshot: m.snapshot }
    case 'MsgHeartbeatResp':
    case 'MsgTransferLeader':
    case 'MsgTimeoutNow':
      return { term: m.term }
    case 'MsgReadIndex':
      return { entries: [{ type: 'EntryNormal', data: m.context }] }
    case 'MsgReadIndexResp': {
      const { term, index, context } = m
      return { term, log: { term: 0, index }, entries: [{ type: 'EntryNormal', data: context }] }
    }
    case 'MsgStorageAppend':
    case 'MsgStorageAppendResp':
    case 'MsgStorageApply':
    case 'MsgStorageApplyResp':
      return storageParts(m)
    default:
      return m satisfies never
  }
}

type StorageMessage = Extract<AnyMessage, { type: `MsgStorage${string}` }>

function storageParts(m: StorageMessage): Parts {
  switch (m.type) {
    case 'MsgStorageAppend': {
      const { hardState, entries, snapshot, responses } = m
      const state = hardState ?? { term: 0, vote: null, commit: 0 }
      return { ...state, vote: state.vote ?? 0, entries, snapshot, responses }
    }
    case 'MsgStorageAppendResp':
      return { term: m.term, log: m.lastEntry ?? nowhere, snapshot: m.snapshot }
    case 'MsgStorageApply':
      return { entries: m.entries, responses: m.responses }
    case 'MsgStorageApplyResp':
      return { entries: m.entries }
    default:
      return m satisfies never
  }
}

/** One end of a message. 0, which no node is called, stands for nobody. */
function end(target: NodeId | StorageThread): string {
  if (typeof target === 'string') return target
  return target === 0 ? 'None' : target.toString(16)
}
