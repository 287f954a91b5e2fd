/** Seeded bugs in membership changes, snapshots, what is durable, and what clients are told. */

import type { Mutant } from './table.ts'

const raft = 'src/core/raft/'

export const bugsInChange: readonly Mutant[] = [
  {
    id: 'M22',
    what: 'in a joint configuration the half that comes in decides alone',
    file: 'src/core/tracker/progress-map.ts',
    find: 'return Math.min(this.#matchOf(this.#incoming), this.#matchOf(this.#outgoing))',
    replace: 'return this.#matchOf(this.#incoming)',
  },
  {
    id: 'M22b',
    what: 'in a joint configuration the half that comes in elects alone',
    file: `${raft}election.ts`,
    find: 'outgoing: raft.config.votersOutgoing }, self.votes)',
    replace: 'outgoing: [] }, self.votes)',
  },
  {
    id: 'M23',
    what: 'a membership change is proposed while another is pending',
    file: `${raft}proposal.ts`,
    find: "  if (pendingConfIndex > raft.log.applied) return 'pending-change'\n",
    replace: '',
  },
  {
    id: 'M24',
    what: 'an answer from before a removal and re-addition counts',
    file: `${raft}replication.ts`,
    find: '  if (m.session !== null && m.session !== progress.session) return false\n',
    replace: '',
  },
  {
    id: 'M25',
    what: 'a new leader takes all followers for equal',
    file: 'src/core/tracker/progress.ts',
    find: '    this.#next = next\n    this.#limits = limits\n',
    replace: '    this.#next = next\n    this.#match = next - 1\n    this.#limits = limits\n',
  },
  {
    id: 'M26',
    what: 'a reordered acknowledgement moves match back',
    file: 'src/core/tracker/progress.ts',
    find: '    if (index <= this.#match) return false\n',
    replace: '    if (index === this.#match) return false\n',
  },
  {
    id: 'M27',
    what: 'a stale rejection moves next back, below match too',
    file: 'src/core/tracker/progress.ts',
    find: '      if (rejected <= this.#match) return false\n      this.#next = this.#match + 1\n',
    replace:
      '      this.#match = Math.min(this.#match, Math.max(0, rejected - 1))\n      this.#next = this.#match + 1\n',
  },
  {
    id: 'M28',
    what: 'a snapshot is installed that is older than what is committed',
    file: `${raft}install-snapshot.ts`,
    find: "  if (index <= raft.log.committed) return ignored(raft, snapshot, 'stale')\n",
    replace: '',
  },
  {
    id: 'M29',
    what: 'a snapshot throws away what follows it and was acknowledged',
    file: `${raft}install-snapshot.ts`,
    find: 'if (raft.log.matches(index, term)) {',
    replace: 'if (raft.log.matches(index, term + 1)) {',
  },
  {
    id: 'M30',
    what: 'a snapshot does not bring the membership',
    file: `${raft}install-snapshot.ts`,
    find: '  restoreConfig(raft, confState, index)\n',
    replace: '',
  },
  {
    id: 'M30b',
    what: 'a snapshot does not hold the sessions of the clients',
    file: 'src/sim/machine.ts',
    find: '    for (const [client, { serial, result }] of sorted(this.#sessions)) words.push(client, serial, result)\n',
    replace: '    words[4] = 0\n',
  },
  {
    id: 'M31',
    what: 'the log is compacted beyond its snapshot',
    file: 'src/sim/applier.ts',
    find: "this.#disk.write({ kind: 'compact', index: index - trailing })",
    replace: "this.#disk.write({ kind: 'compact', index: this.#disk.seen.lastIndex })",
  },
  {
    id: 'M32',
    what: 'a leader that is removed never goes',
    file: `${raft}leaving.ts`,
    find: 'if (leavesAt !== null && raft.log.committed >= leavesAt) leave(raft)',
    replace: 'if (leavesAt !== null && raft.log.committed < 0) leave(raft)',
  },
  {
    id: 'M33',
    what: 'learners count for commit',
    file: 'src/core/tracker/progress-map.ts',
    find: '    this.#incoming = this.#list(config.voters)\n',
    replace: '    this.#incoming = this.#list([...config.voters, ...config.learners])\n',
  },
  {
    id: 'M34',
    what: 'a restart forgets term and vote',
    file: 'src/sim/disk.ts',
    find: '    this.#memory = this.#durable.clone()\n',
    replace:
      '    this.#memory = this.#durable.clone()\n    if (this.#memory.hardState !== null) this.#memory.hardState = { ...this.#memory.hardState, vote: null }\n',
  },
  {
    id: 'M35',
    what: 'entries that were overwritten stay in the unstable log',
    file: 'src/core/log/unstable.ts',
    find: '      this.#entries.length = this.#slotOf(first.index)\n',
    replace: '      this.#entries.length = Math.min(this.#entries.length, this.#slotOf(first.index) + 1)\n',
  },
  {
    id: 'M36',
    what: 'a finished write makes stable what has taken its place',
    file: 'src/core/log/unstable.ts',
    find: 'if (id.index < this.#offset || this.term(id.index) !== id.term) return',
    replace: 'if (id.index < this.#offset || this.term(id.index) === null) return',
  },
  {
    id: 'M37',
    what: 'a learner stands for election when it is told to',
    file: `${raft}election.ts`,
    find: 'if (!isPromotable(raft)) return',
    replace: "if (reason === 'transfer' ? raft.log.unstable.snapshot !== null : !isPromotable(raft)) return",
  },
  {
    id: 'M37b',
    what: 'a node stands for election with a committed membership change that it has not applied',
    file: `${raft}election.ts`,
    find: "  if (raft.log.hasUnappliedConfChange()) return 'unapplied-conf-change'\n",
    replace: '',
  },
  {
    id: 'M38',
    what: 'a repeated command is done again',
    file: 'src/sim/machine.ts',
    find: 'if (session !== undefined && session.serial >= serial)',
    replace: 'if (session !== undefined && session.serial > serial)',
  },
  {
    id: 'M39',
    what: 'a command whose outcome nobody knows is reported as failed',
    file: 'src/sim/applier.ts',
    find: "for (const reply of this.#commands.values()) reply({ is: 'unknown' })",
    replace: "for (const reply of this.#commands.values()) reply({ is: 'lost' })",
  },
  {
    id: 'M40',
    what: 'a damaged log is cut off instead of refused',
    file: 'src/sim/disk.ts',
    find: "    if (this.#isRotten) return 'refused'\n",
    replace: `    if (this.#isRotten) {
      this.#isRotten = false
      for (const image of [this.#memory, this.#durable]) image.truncate(Math.max(image.firstIndex, image.lastIndex - 2))
    }
`,
  },
  {
    id: 'M42',
    what: 'a sync that fails is taken for done',
    file: 'src/sim/disk.ts',
    find: "      throw new DiskError('EIO: fsync')\n",
    replace: '',
  },
  {
    id: 'M47',
    what: 'the quota of proposals is never given back',
    file: `${raft}membership.ts`,
    find: 'role.uncommittedSize = Math.max(0, role.uncommittedSize - payload)',
    replace: 'role.uncommittedSize = Math.max(0, role.uncommittedSize - 0 * payload)',
  },
  {
    id: 'M47b',
    what: 'the window of unacknowledged messages has no end',
    file: 'src/core/tracker/inflights.ts',
    find: 'return this.#count === this.#maxCount || this.#bytes >= this.#maxBytes',
    replace: 'return this.#count === 100_000 || this.#bytes >= Infinity',
  },
  {
    id: 'M48',
    what: 'nobody but who proposed it ends a joint configuration',
    file: `${raft}membership.ts`,
    find: 'if (raft.config.autoLeave && raft.log.applied >= leader.pendingConfIndex)',
    replace:
      'if (raft.config.autoLeave && raft.log.applied >= leader.pendingConfIndex && raft.log.term(raft.configIndex) === raft.term)',
  },
  {
    id: 'M49',
    what: 'what a smaller quorum holds is not committed when it becomes smaller',
    file: `${raft}membership.ts`,
    find: '  if (maybeCommit(raft, leader)) {\n    releaseParkedReads',
    replace: '  if (raft.term < 0) {\n    releaseParkedReads',
  },
  {
    id: 'M50',
    what: 'nobody votes for a candidate that is not in its own configuration',
    file: `${raft}election.ts`,
    find: "  const preVote = m.type === 'MsgPreVote'\n  const refusal",
    replace:
      "  const preVote = m.type === 'MsgPreVote'\n  if (!isVoter(raft.config, m.from)) return\n  const refusal",
  },
  {
    id: 'C',
    what: 'who is no voter any more votes as if the end of its log were nothing',
    file: `${raft}election.ts`,
    find: '    ownLast: { term: raft.log.lastTerm, index: raft.log.lastIndex },\n',
    replace:
      '    ownLast: isVoter(raft.config, raft.id) ? { term: raft.log.lastTerm, index: raft.log.lastIndex } : { term: raft.log.term(raft.log.committed) as number, index: raft.log.committed },\n',
  },
  {
    id: 'D',
    what: 'what an answer of an earlier term tells to be committed is not learnt',
    file: `${raft}step.ts`,
    find: 'if (isAboutVotes(m)) learnCommitted(raft, m.committed)',
    replace: 'if (isAboutVotes(m) && m.term >= raft.term) learnCommitted(raft, m.committed)',
  },
  {
    id: 'A',
    what: 'a snapshot is acknowledged before it is durable',
    file: `${raft}install-snapshot.ts`,
    find: 'raft.outbox.sendAfterPersist({',
    replace: 'raft.outbox.send({',
  },
  {
    id: 'B',
    what: 'votes are asked for before the term and the log are durable',
    file: `${raft}election.ts`,
    find: 'const early = raft.options.requestVotesBeforePersist || !raft.options.asyncStorageWrites',
    replace: 'const early = true',
  },
  {
    id: 'E',
    what: 'a membership change is applied before it is durable that it is committed',
    file: 'src/core/ready-cycle.ts',
    find: "committedEntries.some(({ type }) => type !== 'EntryNormal')",
    replace: 'false',
  },
  {
    id: 'F',
    what: 'the same, with asynchronous writes',
    file: 'src/core/log/raft-log.ts',
    find: 'return allowUnstable ? entries : this.#upToBarrier(entries)',
    replace: 'return entries',
  },
  {
    id: 'G',
    what: 'what is committed is not learnt from candidates and voters',
    file: `${raft}commit-by-vote.ts`,
    find: "if (committed === null || role.name === 'leader' || raft.options.referenceBehaviour) return",
    replace: 'if (committed === null || raft.term > 0) return',
  },
  {
    id: 'H',
    what: 'what is committed is learnt from candidates and voters by its index alone',
    file: `${raft}commit-by-vote.ts`,
    find: '!log.matches(committed.index, committed.term)',
    replace: 'committed.index > log.lastIndex',
  },
]
