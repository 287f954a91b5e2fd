import { expect, test } from 'vitest'
import { parseAddress } from '../../src/transport/tcp/address.ts'

test.each([
  ['node-1:7000', { host: 'node-1', port: 7000 }],
  ['10.0.0.1:1', { host: '10.0.0.1', port: 1 }],
  ['[::1]:7000', { host: '::1', port: 7000 }],
  ['[fe80::1%eth0]:80', { host: 'fe80::1%eth0', port: 80 }],
])('%s is an address', (text, address) => {
  expect(parseAddress(text)).toEqual(address)
})

test.each(['', 'host', 'host:', 'host:port', 'host:7000x', 'host:-1', 'host:1e3'])('"%s" is none', (text) => {
  expect(parseAddress(text).port).toBeNaN()
})
