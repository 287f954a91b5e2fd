/** Certificates for tests, made by `openssl` as docs/TRANSPORT.md says. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TcpTlsOptions } from 'quorate/tcp'

/** An authority that signs what it is asked to. */
export class Authority {
  readonly #folder = mkdtempSync(join(tmpdir(), 'quorate-ca-'))
  readonly #ca: string
  #count = 0

  constructor(name = 'quorate test') {
    const args = ['req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj']
    this.#openssl([...args, `/CN=${name}`])
    this.#ca = this.#read('ca.crt')
  }

  /** Credentials with these subject alternative names, such as `URI:quorate://orders/1`. */
  issue(names: string): TcpTlsOptions {
    const name = `node-${++this.#count}`
    writeFileSync(
      join(this.#folder, `${name}.ext`),
      `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth`,
    )
    this.#openssl(['req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`])
    const sign = [
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
    ]
    this.#openssl([...sign, '-days', '2', '-extfile', `${name}.ext`, '-out', `${name}.crt`])
    return { ca: this.#ca, cert: this.#read(`${name}.crt`), key: this.#read(`${name}.key`) }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true })
  }

  #openssl(args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: 'pipe' })
  }

  #read(file: string): string {
    return readFileSync(join(this.#folder, file), 'utf8')
  }
}

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
