/** From what the network sees to the events of this example. */

import type { Entry, HeartbeatContext, NodeId, PeerMessage } from 'quorate'

import type { EventFeed, Moment } from './events.ts'
import type { NetworkWatcher } from './network.ts'

/** Publishes what happens to messages. `momentOf` says when it is and which term a node is in. */
export function networkTeller(feed: EventFeed, momentOf: (node: NodeId) => Moment): NetworkWatcher {
  return {
    sent({ id, sender, message: m }) {
      const { type: message, to } = m
      feed.publish({ type: 'messageSent', ...momentOf(sender), id, to, message, detail: messageText(m) })
    },
    received({ id, sender: from, message: m }) {
      const { type: message, to } = m
      feed.publish({ type: 'messageReceived', ...momentOf(to), id, from, message, detail: messageText(m) })
    },
    lost({ id, sender, message: { type: message, to } }, why) {
      feed.publish({ type: 'messageLost', ...momentOf(sender), id, to, message, why })
    },
  }
}

/** What a message says, for people; its name and its ends are left out. */
function messageText(m: PeerMessage): string {
  switch (m.type) {
    case 'MsgApp':
      return `${entriesText(m.entries)} behind ${m.prevLogIndex} of term ${m.prevLogTerm}, commit ${m.commit}`
    case 'MsgAppResp':
      return m.reject ? `no entry ${m.rejected} like that, try ${m.hint.index}` : `holds all up to ${m.match}`
    case 'MsgVote':
    case 'MsgPreVote':
      return `for term ${m.term}, with a log up to ${m.lastLogIndex} of term ${m.lastLogTerm}`
    case 'MsgVoteResp':
    case 'MsgPreVoteResp':
      return m.reject ? 'no' : `yes, for term ${m.term}`
    case 'MsgHeartbeat':
      return `commit ${m.commit}${roundText(m.context)}`
    case 'MsgHeartbeatResp':
      return `alive${roundText(m.context)}`
    case 'MsgSnap':
      return `the state as of index ${m.snapshot.index}`
    case 'MsgProp':
      return m.entries.length === 1 ? 'a proposal' : `${m.entries.length} proposals`
    case 'MsgReadIndex':
      return 'may I read?'
    case 'MsgReadIndexResp':
      return `read when ${m.index} is applied`
    case 'MsgTransferLeader':
      return `let node ${m.from} lead`
    case 'MsgTimeoutNow':
      return 'stand for election now'
    default:
      return m satisfies never
  }
}

function entriesText(entries: readonly Entry[]): string {
  const [first] = entries
  if (first === undefined) return 'no entries'
  return entries.length === 1 ? `entry ${first.index}` : `entries ${first.index}-${entries.at(-1)?.index}`
}

/** The round of heartbeats that reads wait for (thesis §6.4). */
function roundText(round: HeartbeatContext): string {
  return typeof round !== 'number' ? '' : `, read round ${round}`
}
