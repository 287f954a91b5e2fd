/** The state machine, its bytes, and the clients of chaos, which must notice when a store lies. */

import { createServer } from 'node:http'
import fc from 'fast-check'
import { checkLinearizability } from 'quorate/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Workload } from '../../examples/kv/chaos/workload.ts'
import { type Command, commandCodec, resultCodec } from '../../examples/kv/store/command.ts'
import { KvMachine } from '../../examples/kv/store/machine.ts'

const key = fc.constantFrom('a', 'b', 'ü', '__proto__', '')
const value = fc.uint8Array({ maxLength: 40 })
const condition = fc.oneof(
  fc.record({ type: fc.constantFrom('none', 'absent', 'exists') }),
  fc.record({ type: fc.constant('version'), version: fc.nat(30) }),
  fc.record({ type: fc.constant('value'), value }),
)
const command = fc.oneof(
  fc.record({ type: fc.constant('put'), key, value, condition }),
  fc.record({ type: fc.constant('delete'), key, condition }),
  fc.record({ type: fc.constant('announce'), node: fc.integer({ min: 1, max: 2 ** 52 }), http: fc.string() }),
) as fc.Arbitrary<Command>

describe('the store', () => {
  test('commands and results are the same after a way through bytes', () => {
    fc.assert(
      fc.property(command, fc.boolean(), fc.option(fc.maxSafeNat()), (one, done, before) => {
        const bytes = commandCodec.encode(one)
        // As it comes out of a log: a part of something larger.
        const around = new Uint8Array(bytes.length + 7)
        around.set(bytes, 3)
        expect(commandCodec.decode(around.subarray(3, 3 + bytes.length))).toEqual(one)
        expect(resultCodec.decode(resultCodec.encode({ done, before }))).toEqual({ done, before })
      }),
    )
  })

  test('a snapshot, however it is cut, makes the same store, and later commands do not get into it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command),
        fc.array(command),
        fc.integer({ min: 1, max: 50 }),
        async (first, later, cut) => {
          const machine = new KvMachine()
          for (const [i, one] of first.entries()) machine.apply(one, { index: i + 1, term: 1 })
          const [digest, size, bytes] = [machine.digest(), machine.size, machine.bytes]
          const pieces = machine.snapshot()
          for (const [i, one] of later.entries()) machine.apply(one, { index: first.length + i + 1, term: 1 })
          const whole = Buffer.concat([...pieces])
          const restored = new KvMachine()
          await restored.restoreFrom(cutInto(whole, cut))
          expect([restored.digest(), restored.size, restored.bytes]).toEqual([digest, size, bytes])
          const [a, b] = [new KvMachine(), machine]
          a.restore(whole)
          for (const [i, one] of later.entries()) a.apply(one, { index: first.length + i + 1, term: 1 })
          expect([a.digest(), a.nodes]).toEqual([b.digest(), b.nodes])
        },
      ),
    )
  })

  test('a snapshot that ends too early is refused, and the store is as it was', () => {
    const machine = new KvMachine()
    const put = { type: 'put', key: 'a', value: Uint8Array.of(1), condition: { type: 'none' } } as const
    machine.apply(put, { index: 1, term: 1 })
    const whole = Buffer.concat([...machine.snapshot()])
    const digest = machine.digest()
    expect(() => machine.restore(whole.subarray(0, -1))).toThrow('ends within an entry')
    expect(machine.digest()).toBe(digest)
  })
})

async function* cutInto(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size))
}

describe('the clients of chaos', () => {
  test('they find nothing wrong with a store that does one thing at a time', async () => {
    expect(await verdictOn(() => false)).toBe('linearizable')
  })

  test('they find a store that forgets one write in a hundred', async () => {
    let count = 0
    expect(await verdictOn(() => ++count % 100 === 0)).toBe('violated')
  })
})

/** What the clients say of a store in one process that acknowledges writes and forgets some of them. */
async function verdictOn(forgets: () => boolean): Promise<string> {
  const values = new Map<string, string>()
  const server = createServer((request, response) => {
    const name = request.url!.split('?')[0]!
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const now = values.get(name)
      const { 'if-none-match': absent, 'if-value': expected } = request.headers
      const isMet =
        (absent === undefined || now === undefined) &&
        (expected === undefined || now === Buffer.from(String(expected), 'base64').toString())
      if (request.method === 'PUT' && isMet && !forgets()) values.set(name, Buffer.concat(chunks).toString())
      response.statusCode = request.method === 'PUT' ? (isMet ? 200 : 412) : now === undefined ? 404 : 200
      response.end(request.method === 'GET' ? now : undefined)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const workload = new Workload([(server.address() as { port: number }).port], 4, Math.random)
  const isOver = (): boolean => workload.counts.acknowledged >= 1500
  await Promise.all(Array.from({ length: 6 }, () => workload.client(isOver)))
  workload.close()
  return checkLinearizability(workload.recorder.operations()).verdict
}
