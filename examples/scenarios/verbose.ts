/** `--verbose`: the story, and between its steps everything that the nodes and the network tell. */

import type { NodeId, RoleName, Term } from 'quorate'

import type { Events } from './events.ts'
import type { Output } from './scenario.ts'
import { type Paint, storyOutput, type Write } from './story.ts'
import { traceText } from './trace-text.ts'

/** Writes a run as a log, each line of the form `[node 2][term 3][follower] election timeout, becoming candidate`. */
export function verboseOutput(write: Write, paint: Paint): Output {
  return { ...storyOutput(write, paint), listen: (events) => logEvents(events, write) }
}

function logEvents(events: Events, write: Write): void {
  const roles = new Map<NodeId, RoleName>()
  // As a node becomes candidate it tells so, and then why. The line with the reason is to say what it was before.
  const rolesBefore = new Map<NodeId, RoleName>()
  const roleOf = (node: NodeId): RoleName => rolesBefore.get(node) ?? roles.get(node) ?? 'follower'
  const log = ({ node, term }: { readonly node: NodeId; readonly term: Term }, text: string): void =>
    write(`[node ${node}][term ${term}][${roleOf(node)}] ${text}`)

  events.on('trace', (event) => {
    const { node } = event
    if (event.type === 'roleChanged') {
      roles.set(node, event.to)
      rolesBefore.set(node, event.from)
    }
    const text = traceText(event, roleOf(node))
    if (text === null) return
    log(event, text)
    if (event.type !== 'leaderChanged') rolesBefore.delete(node)
  })
  events.on('messageSent', (event) =>
    log(event, `sends ${event.message} to node ${event.to}: ${event.detail}`),
  )
  events.on('messageReceived', (event) =>
    log(event, `receives ${event.message} from node ${event.from}: ${event.detail}`),
  )
  events.on('messageLost', (event) =>
    log(event, `${event.message} to node ${event.to} is lost: ${event.why}`),
  )
}
