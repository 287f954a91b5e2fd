/** The elections so far, term by term: who stood, who voted for whom, who won. Made of what the nodes' traces tell. */

import type { ElectionReason, NodeId, Term, TraceEvent } from 'quorate'

/** What is known of the election of one term. */
export interface Election {
  readonly term: Term
  /** For each candidate, in the order in which they stood: who voted for it, itself included. */
  readonly ballots: ReadonlyMap<NodeId, readonly NodeId[]>
  /** Never more than one (Election Safety, figure 3); none if the votes were split. */
  readonly winners: readonly {
    readonly leader: NodeId
    readonly reason: ElectionReason
    readonly tick: number
  }[]
}

interface Draft extends Election {
  readonly ballots: Map<NodeId, NodeId[]>
  readonly reasons: Map<NodeId, ElectionReason>
  readonly winners: { leader: NodeId; reason: ElectionReason; tick: number }[]
}

/** Takes note of elections. */
export class Elections {
  readonly #terms = new Map<Term, Draft>()

  /** All elections, by ascending term. */
  all(): readonly Election[] {
    return [...this.#terms.values()].sort((a, b) => a.term - b.term)
  }

  of(term: Term): Election | undefined {
    return this.#terms.get(term)
  }

  note(event: TraceEvent, tick: number): void {
    // A pre-vote elects nobody: what counts is the election that may follow it (thesis §9.6).
    if (event.type === 'electionStarted' && !event.preVote) {
      const draft = this.#draft(event.term)
      draft.ballots.set(event.node, [event.node])
      draft.reasons.set(event.node, event.reason)
    } else if (event.type === 'voteGranted' && !event.preVote) {
      this.#draft(event.voteTerm).ballots.get(event.candidate)?.push(event.node)
    } else if (event.type === 'leaderElected') {
      const { winners, reasons } = this.#draft(event.term)
      winners.push({ leader: event.node, reason: reasons.get(event.node) ?? 'timeout', tick })
    }
  }

  #draft(term: Term): Draft {
    const draft = this.#terms.get(term) ?? { term, ballots: new Map(), reasons: new Map(), winners: [] }
    this.#terms.set(term, draft)
    return draft
  }
}
