/** The state machine and the membership: what is applied, in which order, and what a snapshot stands for (§5.3, §7, thesis §4.3). */

import type { TraceEvent } from '../../core/trace.ts'
import type { ConfState, Entry, LogIndex } from '../../core/types.ts'
import { after, configText, hasPart, isSame } from './configuration.ts'
import { deviates } from './deviation.ts'
import { track } from './replication.ts'
import type { Server, State } from './state.ts'

type Told<Type extends TraceEvent['type']> = Extract<TraceEvent, { type: Type }>

/** Another membership is in force: it is what a committed change makes of the one before, or came with a snapshot. */
export function configChanged(state: State, s: Server, { confState }: Told<'configChanged'>): void {
  const m = state.inHand(s.id)
  if (m?.type === 'MsgSnap') {
    if (!isSame(confState, m.snapshot.confState))
      deviates(
        'Configure',
        s.id,
        `takes ${configText(confState)} from a snapshot with ${configText(m.snapshot.confState)} (§7)`,
      )
  } else checkChange(s, confState)
  if (s.leadership !== null) {
    const { leadership, config } = s
    for (const id of [...config.voters, ...config.votersOutgoing, ...config.learners])
      if (!hasPart(confState, id)) track(leadership, id)
    for (const id of [...confState.voters, ...confState.learners])
      if (!hasPart(config, id)) track(leadership, id)
  }
  s.config = confState
}

/** thesis §4.3: the next committed change that is possible, and what it makes of the membership. */
function checkChange(s: Server, confState: ConfState): void {
  for (let index = s.configIndex; ;) {
    const entry = s.log.nextChange(index, s.commit)
    if (entry === undefined)
      return deviates(
        'Configure',
        s.id,
        `goes over to ${configText(confState)}, and no committed change behind ${s.configIndex} says so (thesis §4.1)`,
      )
    index = entry.index
    const next = after(s.config, entry.change)
    if (next === null) continue
    if (!isSame(next, confState))
      deviates(
        'Configure',
        s.id,
        `goes from ${configText(s.config)} to ${configText(confState)} by the change at ${index}, which makes ${configText(next)} of it (thesis §4.3)`,
      )
    s.configIndex = index
    return
  }
}

/** §7: the snapshot of a leader takes the place of the whole log, if it goes beyond what is committed and is not here. */
export function snapshotRestored(state: State, s: Server, { index }: Told<'snapshotRestored'>): void {
  const m = state.inHand(s.id)
  if (m?.type !== 'MsgSnap' || m.snapshot.index !== index || m.term > s.term)
    return deviates('InstallSnapshot', s.id, `takes in a snapshot of ${index}, and nobody has sent it (§7)`)
  const { term, confState } = m.snapshot
  if (index <= s.commit)
    deviates('InstallSnapshot', s.id, `takes in a snapshot of ${index}, and ${s.commit} is committed (§7)`)
  if (s.log.term(index) === term)
    deviates(
      'InstallSnapshot',
      s.id,
      `drops its log for a snapshot of ${index}, and holds ${term}/${index} (§7)`,
    )
  if (term > s.term)
    deviates('InstallSnapshot', s.id, `takes in a snapshot of term ${term}, and is in ${s.term} (§5.1)`)
  if (!isSame(s.config, confState))
    deviates(
      'InstallSnapshot',
      s.id,
      `takes in a snapshot of ${index}, and not its membership ${configText(confState)} (§7)`,
    )
  s.log.reset({ index, term })
  s.tails.push(s.log.last)
  s.commit = index
  s.configIndex = index
  s.waiting = index
}

/** Figure 3, State Machine Safety: committed entries, each once, in order. */
export function applied(state: State, s: Server, entry: Entry): void {
  const { index, term } = entry
  if (index !== s.applied + 1 || index > s.commit)
    deviates('Apply', s.id, `applies ${index}, has applied ${s.applied}, and ${s.commit} is committed (§5.3)`)
  if (state.chosenTerm(index) !== term)
    deviates(
      'Apply',
      s.id,
      `applies ${term}/${index}, and ${state.chosenTerm(index) ?? 'nothing'} is committed there (figure 3)`,
    )
  s.applied = index
  if (entry.type === 'EntryNormal') return
  const { configured } = s
  const next = after(s.appliedConfig, entry.change) ?? s.appliedConfig
  if (configured?.index !== index || !isSame(configured.config, next))
    deviates(
      'ApplyChange',
      s.id,
      `applies the change at ${index} to ${configText(s.appliedConfig)}, which makes ${configText(next)} of it, and says ${configured === null ? 'nothing' : configText(configured.config)} (thesis §4.3)`,
    )
  s.appliedConfig = next
  state.noteConfig(index, next)
}

/** §7: a snapshot stands for what is applied, and for the membership as of then. */
export function snapshotted(s: Server, index: LogIndex, confState: ConfState): void {
  if (index !== s.applied || !isSame(confState, s.appliedConfig))
    deviates(
      'Snapshot',
      s.id,
      `makes a snapshot of ${index} with ${configText(confState)}, and has applied ${s.applied} with ${configText(s.appliedConfig)} (§7)`,
    )
}

/** A snapshot that was accepted is in place of the state. */
export function restored(state: State, s: Server, index: LogIndex, confState: ConfState): void {
  if (s.waiting === null || index > s.waiting || index <= s.applied)
    deviates(
      'Restore',
      s.id,
      `restores ${index}, has applied ${s.applied}, and waits for ${s.waiting ?? 'none'} (§7)`,
    )
  const config = state.configAt(index)
  if (config === null || !isSame(config, confState))
    deviates(
      'Restore',
      s.id,
      `restores ${index} with ${configText(confState)}, which was not the membership then (§7)`,
    )
  s.applied = index
  s.appliedConfig = confState
  if (index === s.waiting) s.waiting = null
}
