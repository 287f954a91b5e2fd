/** The outcome of a vote so far (§5.2). */
export type VoteResult = 'pending' | 'lost' | 'won'
