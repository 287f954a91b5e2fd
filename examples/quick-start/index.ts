// Three Raft nodes in one process elect a leader and agree on one write, and each of them can then read it.
import { RawNode, MemStorage } from 'quorate'

const members = [1, 2, 3].map((id) => {
  const storage = MemStorage.bootstrap({ voters: [1, 2, 3] })
  return { id, storage, node: new RawNode({ id, storage }), value: '' }
})
const nodes = new Map(members.map(({ id, node }) => [id, node]))

while (members.some(({ value }) => value === '')) {
  for (const { node } of members) node.tick() // a node that hears of no leader for a while stands for election
  for (const member of members.filter(({ node }) => node.hasReady())) {
    const ready = member.node.ready()
    for (const message of ready.messages) nodes.get(message.to)?.step(message)
    member.storage.append(ready) // in one piece, and durable, before anything is promised
    for (const message of ready.persistedMessages) nodes.get(message.to)?.step(message)
    for (const entry of ready.committedEntries)
      if (entry.type === 'EntryNormal' && entry.data) member.value = new TextDecoder().decode(entry.data)
    member.node.advance(ready)
    if (ready.softState?.role === 'leader') member.node.propose(new TextEncoder().encode('hello'))
  }
}
for (const { id, node, value } of members)
  console.log(`node ${id} reads "${value}", and node ${node.status().leader} leads`)
