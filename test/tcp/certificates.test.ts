/** What the page on the transport tells an operator to do is done here. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NodeId } from 'quorate'
import type { TcpOptions } from 'quorate/tcp'
import { expect, onTestFinished, test } from 'vitest'
import { beat, until } from '../support/recorder.ts'
import { pair } from './nodes.ts'

test('the commands of docs/TRANSPORT.md make certificates that nodes can use', async () => {
  const page = readFileSync(new URL('../../docs/TRANSPORT.md', import.meta.url), 'utf8')
  const [, commands = ''] = /^```sh\n(.*?)^```$/ms.exec(page) ?? []
  expect(commands).toContain('subjectAltName=URI:quorate://orders/')
  const folder = mkdtempSync(join(tmpdir(), 'quorate-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  execFileSync('sh', ['-e'], { cwd: folder, input: commands, stdio: 'pipe' })
  const file = (name: string): Buffer => readFileSync(join(folder, name))
  const optionsOf = (id: NodeId): Partial<TcpOptions> => ({
    cluster: 'orders',
    tls: { ca: file('ca.crt'), cert: file(`node-${id}.crt`), key: file(`node-${id}.key`) },
  })
  const [one, other] = await pair(optionsOf)
  one.transport.send([beat(1, 2, 4)])
  await until(() => other.recorder.beats.includes(4), 'a message')
  expect([...one.errors, ...other.errors]).toEqual([])
})
