/** Seeded bugs in how entries are agreed on, leaders are elected and reads are answered. */

import type { Mutant } from './table.ts'

const raft = 'src/core/raft/'

export const bugsInAgreement: readonly Mutant[] = [
  {
    id: 'M01',
    what: 'replicas of entries of an earlier term are counted (figure 8)',
    file: `${raft}commit.ts`,
    find: 'return termThere === currentTerm ? onMajority : now',
    replace: 'return termThere <= currentTerm ? onMajority : now',
  },
  {
    id: 'M02',
    what: 'a vote is sent before it is durable',
    file: `${raft}election.ts`,
    find: 'raft.outbox.sendAfterPersist({ type, from: raft.id, to: m.from, term, reject, committed })',
    replace: 'raft.outbox.send({ type, from: raft.id, to: m.from, term, reject, committed })',
  },
  {
    id: 'M03',
    what: 'term and vote are written one after the other',
    file: 'src/sim/disk.ts',
    find: '    this.#memory.apply(record)\n    this.#pending.push(record)\n',
    replace: `    const before = this.#memory.hardState
    this.#memory.apply(record)
    if (record.kind === 'write' && record.hardState !== null && before !== null)
      this.#pending.push({ kind: 'write', hardState: { ...record.hardState, term: before.term }, entries: [], snapshot: null })
    this.#pending.push(record)
`,
  },
  {
    id: 'M04',
    what: 'a node that steps down forgets its vote of the term',
    file: `${raft}transitions.ts`,
    find: "  assume(raft, { name: 'follower', leader })",
    replace: "  raft.vote = null\n  assume(raft, { name: 'follower', leader })",
  },
  {
    id: 'M05',
    what: 'logs are compared by their length alone',
    file: `${raft}election.ts`,
    find: 'return candidate.term > own.term || (candidate.term === own.term && candidate.index >= own.index)',
    replace: 'return candidate.index >= own.index',
  },
  {
    id: 'M06',
    what: 'a follower keeps a tail that conflicts',
    file: `${raft}append-entries.ts`,
    find: '  if (first === undefined || conflict === null) return\n',
    replace: '  if (first === undefined || conflict === null || conflict <= log.lastIndex) return\n',
  },
  {
    id: 'M07',
    what: 'a late append cuts off what follows it although it matches',
    file: `${raft}append-entries.ts`,
    find: 'const conflict = log.findConflict(entries)',
    replace: 'const conflict = entries.find(({ index }) => index > log.committed)?.index ?? null',
  },
  {
    id: 'M08',
    what: 'a follower commits as far as the leader, whatever it was sent',
    file: `${raft}append-entries.ts`,
    find: 'commitTo(raft, Math.min(m.commit, lastNew))',
    replace: 'commitTo(raft, Math.min(m.commit, log.lastIndex))',
  },
  {
    id: 'M09',
    what: 'a heartbeat tells of a commit beyond what the follower holds',
    file: `${raft}heartbeat.ts`,
    find: 'const commit = Math.min(progress.match, raft.log.committed)',
    replace: 'const commit = raft.log.committed',
  },
  {
    id: 'M10',
    what: 'entries are acknowledged before they are durable',
    file: `${raft}append-entries.ts`,
    find: "  const { from: to, session } = m\n  raft.outbox.sendAfterPersist({\n    type: 'MsgAppResp',\n    from: raft.id,\n    to,\n    term: raft.term,\n    session,\n    reject: false,\n    match,\n  })",
    replace:
      "  const { from: to, session } = m\n  raft.outbox.send({\n    type: 'MsgAppResp',\n    from: raft.id,\n    to,\n    term: raft.term,\n    session,\n    reject: false,\n    match,\n  })",
  },
  {
    id: 'M11',
    what: 'a leader counts itself before its entries are durable',
    file: `${raft}replication.ts`,
    find: '  const { id, term, log } = raft\n  raft.outbox.sendAfterPersist({',
    replace:
      '  const { id, term, log } = raft\n  leader.progress.get(id)?.maybeUpdate(log.lastIndex)\n  maybeCommit(raft, leader)\n  raft.outbox.sendAfterPersist({',
  },
  {
    id: 'M12',
    what: 'entries of a leader of an earlier term are taken',
    file: `${raft}step.ts`,
    find: 'function admitEarlier(raft: Raft, m: TermMessage): boolean {\n',
    replace:
      "function admitEarlier(raft: Raft, m: TermMessage): boolean {\n  if (m.type === 'MsgApp') return true\n",
  },
  {
    id: 'M13',
    what: 'a candidate does not yield to the leader of its term',
    file: `${raft}step.ts`,
    find: "  if (name === 'candidate' || name === 'pre-candidate')\n",
    replace: "  if (name === 'pre-candidate')\n",
  },
  {
    id: 'M14',
    what: 'election timeouts are not random',
    file: `${raft}transitions.ts`,
    find: 'Math.floor(fraction * electionTick)',
    replace: 'Math.floor(0 * fraction * electionTick)',
  },
  {
    id: 'M15',
    what: 'to be asked for a pre-vote raises the term',
    file: `${raft}step.ts`,
    find: "  if (m.type === 'MsgPreVote') return true\n",
    replace: '',
  },
  {
    id: 'M16',
    what: 'votes are given although a live leader is heard',
    file: `${raft}step.ts`,
    find: 'return leaderOf(raft) !== null && raft.electionElapsed < raft.options.electionTick',
    replace: 'return false',
  },
  {
    id: 'M16b',
    what: 'nobody keeps what was promised for a lease',
    file: `${raft}heartbeat.ts`,
    find: '  raft.promisedUntil = raft.ticks + raft.options.electionTick\n',
    replace: '',
  },
  {
    id: 'M17',
    what: 'a leader without a quorum never steps down',
    file: `${raft}tick.ts`,
    find: 'if (raft.options.checkQuorum && !checkQuorum(raft, leader)) return',
    replace: 'if (raft.options.checkQuorum && raft.term < 0 && !checkQuorum(raft, leader)) return',
  },
  {
    id: 'M18',
    what: 'a read is answered before the leader has committed in its term',
    file: `${raft}read-index.ts`,
    find: '  if (!hasCommittedInTerm(raft)) leader.reads.parked.push(request)\n  else confirmLeadership',
    replace: '  confirmLeadership',
  },
  {
    id: 'M19',
    what: 'a read is confirmed by the answer to an earlier round',
    file: `${raft}read-only.ts`,
    find: 'round: this.#round + 1 })',
    replace: 'round: this.#round })',
  },
  {
    id: 'M20',
    what: 'a read is served before its index is applied',
    file: 'src/sim/applier.ts',
    find: 'const ready = this.#confirmed.filter((read) => read.index <= index)',
    replace: 'const ready = this.#confirmed.filter((read) => read.index >= 0)',
  },
  {
    id: 'M21',
    what: 'the time that a paused process has missed does not count for its lease',
    file: 'src/sim/node.ts',
    find: "readOnly === 'lease-based' ? Math.min(this.#missed, electionTick) : 0",
    replace: "readOnly === 'lease-based' ? Math.min(this.#missed, 0 * electionTick) : 0",
  },
  {
    id: 'M21b',
    what: 'a lease lasts as long as its leader leads',
    file: `${raft}read-index.ts`,
    find: 'return start !== null && raft.ticks - start < raft.options.electionTick - 1',
    replace: 'return start !== -1 && leader.reads.round > 1',
  },
]
