import { afterEach, expect, test } from 'vitest'
import { DriverCluster } from '../support/driver-cluster.ts'

let cluster: DriverCluster
afterEach(() => cluster.stop())

test('a new voter catches up as a learner first, and is promoted then (thesis §4.2.1)', async () => {
  cluster = await DriverCluster.start(3)
  for (let i = 0; i < 300; i++) void cluster.node(1).propose({ add: 1, to: 'x' })
  await cluster.add(4)
  const seen: string[] = []
  const leader = await cluster.leader([1, 2, 3])
  leader.on('membershipChanged', ({ confState: { voters, learners } }) =>
    seen.push(`${voters.join()}|${learners.join()}`),
  )
  const confState = await leader.changeMembership({ add: 4 })
  expect(confState).toMatchObject({ voters: [1, 2, 3, 4], learners: [] })
  expect(seen).toEqual(['1,2,3|4', '1,2,3,4|'])
  expect(await cluster.node(4).read('x')).toBe(300)
})

test('any node may be asked, and to ask again changes nothing', async () => {
  cluster = await DriverCluster.start(3)
  const [follower] = await cluster.followers()
  await cluster.add(4)
  for (let i = 0; i < 2; i++)
    expect(await follower!.changeMembership({ add: 4, as: 'learner' })).toMatchObject({ learners: [4] })
  expect(await follower!.changeMembership({ promote: 4 })).toMatchObject({ voters: [1, 2, 3, 4] })
  expect(await follower!.changeMembership({ remove: 4 })).toMatchObject({ voters: [1, 2, 3], learners: [] })
  expect(await follower!.changeMembership({ remove: 4 })).toMatchObject({ voters: [1, 2, 3] })
})

test('all members but one are replaced at once, through joint consensus (thesis §4.3)', async () => {
  cluster = await DriverCluster.start(3)
  await cluster.node(1).propose({ add: 5, to: 'x' })
  for (const id of [4, 5]) await cluster.add(id)
  const [keep] = [(await cluster.leader([1, 2, 3])).id]
  const voters = [keep, 4, 5]
  const confState = await cluster.node(keep).changeMembership({ replace: { voters } })
  expect(confState).toMatchObject({
    voters: voters.toSorted((a, b) => a - b),
    votersOutgoing: [],
    learners: [],
  })
  for (const id of [1, 2, 3].filter((one) => one !== keep)) await cluster.remove(id)
  expect(await cluster.node(5).propose({ add: 1, to: 'x' })).toMatchObject({ result: 6 })
})

test('a leader that removes itself goes, and the others elect one of them (thesis §4.2.2)', async () => {
  cluster = await DriverCluster.start(3)
  const leader = await cluster.leader()
  await leader.changeMembership({ remove: leader.id })
  await cluster.remove(leader.id)
  const next = await cluster.leader()
  expect(await next.propose({ add: 1, to: 'x' })).toMatchObject({ result: 1 })
  expect(next.status().confState.voters).toEqual([1, 2, 3].filter((id) => id !== leader.id))
})

test('a change that was decided on another membership is refused', async () => {
  cluster = await DriverCluster.start(3)
  const [follower] = await cluster.followers()
  await cluster.add(4)
  const { confIndex } = follower!.status()
  await follower!.changeMembership({ add: 4 }, { ifIndex: confIndex })
  const late = follower!.changeMembership({ remove: 4 }, { ifIndex: confIndex })
  await expect(late).rejects.toMatchObject({ reason: 'membership-changed' })
})

test('two changes at once: one is made, the other refused', async () => {
  cluster = await DriverCluster.start(3)
  await Promise.all([cluster.add(4), cluster.add(5)])
  const leader = await cluster.leader([1, 2, 3])
  const [first, second] = await Promise.allSettled([
    leader.changeMembership({ add: 4 }),
    leader.changeMembership({ add: 5 }),
  ])
  expect(first.status).toBe('fulfilled')
  expect(second).toMatchObject({ status: 'rejected', reason: { reason: 'change-pending' } })
})

test('a learner that is not there is not promoted', async () => {
  cluster = await DriverCluster.start(3)
  const leader = await cluster.leader()
  for (let i = 0; i < 200; i++) void leader.propose({ add: 1, to: 'x' })
  const added = leader.changeMembership({ add: 9 }, { timeoutMs: 300 })
  await expect(added).rejects.toMatchObject({ reason: 'learner-behind' })
  expect(leader.status().confState).toMatchObject({ voters: [1, 2, 3], learners: [9] })
})

test('a change that leaves no majority of those who are there is refused', async () => {
  cluster = await DriverCluster.start(3)
  const leader = await cluster.leader()
  const [gone, stays] = (await cluster.followers()).map(({ id }) => id)
  await cluster.remove(gone!)
  // So that the leader looks at who has answered, and forgets who was there before.
  await new Promise((resolve) => setTimeout(resolve, 300))
  const removed = leader.changeMembership({ remove: stays! })
  await expect(removed).rejects.toMatchObject({ reason: 'quorum-at-risk' })
  expect(await leader.changeMembership({ remove: gone! })).toMatchObject({
    voters: [leader.id, stays!].toSorted((a, b) => a - b),
  })
})

test('leadership goes to whom it is handed, and stopping hands it over first if asked to (thesis §3.10)', async () => {
  cluster = await DriverCluster.start(3)
  const [first, second] = await cluster.followers()
  expect(await first!.transferLeadership(second!.id)).toBe(second!.id)
  const leader = await cluster.leader()
  expect(leader.id).toBe(second!.id)
  await leader.stop({ transfer: true })
  cluster.nodes.delete(leader.id)
  const next = await cluster.leader()
  expect(next.status().term).toBe(leader.status().term + 1)
})

test('leadership is not handed to who cannot have it', async () => {
  cluster = await DriverCluster.start(3)
  const leader = await cluster.leader()
  await expect(leader.transferLeadership(9)).rejects.toMatchObject({ reason: 'bad-target' })
  const [follower] = await cluster.followers()
  cluster.network.isolate(follower!.id)
  await expect(leader.transferLeadership(follower!.id, { timeoutMs: 2000 })).rejects.toMatchObject({
    reason: 'given-up',
  })
  expect(await leader.propose({ add: 1, to: 'x' })).toMatchObject({ result: 1 })
})

test('addresses come with the change that adds a member, stay through snapshots, and go with it', async () => {
  cluster = await DriverCluster.start(3)
  await cluster.add(4)
  const leader = await cluster.leader([1, 2, 3])
  await leader.changeMembership({ add: 4, address: 'four:4000' })
  for (const id of [1, 2, 3, 4]) {
    await cluster.node(id).barrier()
    expect([...cluster.node(id).addresses()]).toEqual([[4, 'four:4000']])
  }
  await leader.snapshot()
  const { id } = leader
  await cluster.remove(id)
  await cluster.add(id)
  expect([...cluster.node(id).addresses()]).toEqual([[4, 'four:4000']])
  await (await cluster.leader()).changeMembership({ remove: 4 })
  await cluster.node(id).barrier()
  expect([...cluster.node(id).addresses()]).toEqual([])
})
