/** TCP with mutual TLS keeps the contract. */

import { setTimeout } from 'node:timers/promises'
import type { NodeId } from 'quorate'
import { certificateName, type TcpTlsOptions } from 'quorate/tcp'
import { transportSuite } from 'quorate/testing'
import { afterAll, test } from 'vitest'
import { Authority } from '../support/certificates.ts'
import { tcpNetwork } from '../support/tcp-network.ts'

const authority = new Authority()
const issued = new Map<NodeId, TcpTlsOptions>()

function credentialsOf(id: NodeId): TcpTlsOptions {
  const tls = issued.get(id) ?? authority.issue(`URI:${certificateName('test', id)}`)
  issued.set(id, tls)
  return tls
}

afterAll(() => authority.remove())

transportSuite({
  test,
  create: (ids) => tcpNetwork(ids, (id) => ({ tls: credentialsOf(id), maxQueueBytes: 2 ** 24 })),
  wait: setTimeout,
  patience: 5000,
  quiet: 30,
  overload: 2 ** 25,
})
