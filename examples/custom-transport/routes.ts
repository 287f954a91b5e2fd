/** Raft's three calls, and what goes where. Answers are messages too: they travel as requests of their own. */

import type { PeerMessage } from 'quorate'

/** The paths, by the names that the paper gives to the calls. */
export const routes = ['/raft/RequestVote', '/raft/AppendEntries', '/raft/InstallSnapshot'] as const

/** One of them. */
export type Route = (typeof routes)[number]

/** Where a message is posted to. */
export function routeOf({ type }: PeerMessage): Route {
  switch (type) {
    case 'MsgVote':
    case 'MsgVoteResp':
    case 'MsgPreVote':
    case 'MsgPreVoteResp':
    case 'MsgTimeoutNow':
      return '/raft/RequestVote'
    case 'MsgSnap':
      return '/raft/InstallSnapshot'
    case 'MsgApp':
    case 'MsgAppResp':
    case 'MsgHeartbeat':
    case 'MsgHeartbeatResp':
    case 'MsgProp':
    case 'MsgReadIndex':
    case 'MsgReadIndexResp':
    case 'MsgTransferLeader':
      return '/raft/AppendEntries'
  }
}
