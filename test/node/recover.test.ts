import { describeSurvivor, recoverCluster, UsageError } from 'quorate'
import { afterEach, expect, test } from 'vitest'
import { DriverCluster } from '../support/driver-cluster.ts'

let cluster: DriverCluster
afterEach(() => cluster.stop())

test('one survivor of three goes on alone with all that it held, and takes new members', async () => {
  cluster = await DriverCluster.start(3)
  for (let i = 0; i < 10; i++) await cluster.node(1).propose({ add: 1, to: 'x' })
  await cluster.node(1).barrier()
  for (const id of [1, 2, 3]) await cluster.remove(id)
  const storage = cluster.storages.get(1)!
  expect(describeSurvivor(storage)).toMatchObject({ lastIndex: 12, confState: { voters: [1, 2, 3] } })

  const before = await recoverCluster(storage, { voters: [1], iKnowThatDataMayBeLost: true })

  expect(before.voters).toEqual([1, 2, 3])
  await cluster.add(1)
  expect(await cluster.node(1).read('x')).toBe(10)
  await cluster.add(4)
  expect(await cluster.node(1).changeMembership({ add: 4 })).toMatchObject({ voters: [1, 4] })
  expect(await cluster.node(4).propose({ add: 1, to: 'x' })).toMatchObject({ result: 11 })
})

test('nobody does it by mistake', async () => {
  cluster = await DriverCluster.start(1)
  await cluster.remove(1)
  const storage = cluster.storages.get(1)!
  const before = storage.confState()
  for (const options of [
    { voters: [1], iKnowThatDataMayBeLost: false },
    { voters: [], iKnowThatDataMayBeLost: true },
    { voters: [1, 1], iKnowThatDataMayBeLost: true },
    { voters: [0], iKnowThatDataMayBeLost: true },
  ])
    await expect(recoverCluster(storage, options)).rejects.toThrow(UsageError)
  expect(storage.confState()).toEqual(before)
})
