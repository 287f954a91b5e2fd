/** The files in examples/kv/deploy, as far as it can be told without Docker and Kubernetes: they were not run here. */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { addresses, Arguments } from '../../examples/kv/arguments.ts'
import { start } from '../../examples/kv/commands/start.ts'

const folder = 'examples/kv/deploy'
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

interface Compose {
  readonly services: Record<
    string,
    { command: string; ports: string[]; volumes: string[]; networks: string[] }
  >
  readonly volumes: Record<string, null>
  readonly networks: Record<string, { internal?: boolean } | null>
}

/** The arguments as `start` would read them: an unknown flag throws. */
function startArguments(words: readonly string[]): Arguments {
  expect(words[0]).toBe('start')
  return new Arguments(words.slice(1), start.flags, start.names)
}

test('docker-compose.yml starts five different nodes that all know each other', () => {
  const { services, volumes, networks } = parse(read('docker-compose.yml'), { merge: true }) as Compose
  expect(networks['nodes']?.internal).toBe(true)
  const all = Object.entries(services).map(([name, service]) => ({
    name,
    service,
    args: startArguments(service.command.split(' ')),
  }))
  expect(all.map(({ args }) => args.text('id'))).toEqual(['1', '2', '3', '4', '5'])
  expect(new Set(all.map(({ args }) => args.text('peers'))).size).toBe(1)
  for (const { name, args, service } of all) {
    const { ports, volumes: mounts, networks: joined } = service
    const id = Number(args.text('id'))
    const peers = addresses('--peers', args.required('peers'))
    expect([peers.size, peers.get(id)?.host]).toEqual([5, name])
    expect(args.text('listen')).toBe(`0.0.0.0:${peers.get(id)?.port}`)
    const port = args.required('http').split(':')[1]!
    expect(ports).toEqual([`${args.text('advertise-http')}:${port}`])
    expect(mounts).toEqual([`${name}:${args.text('data')}`])
    expect(Object.keys(volumes)).toContain(name)
    expect(joined).toEqual(Object.keys(networks))
  }
})

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: Record<string, unknown>
}

test('kubernetes.yaml has a StatefulSet whose pods find each other, and a budget that keeps a majority', () => {
  const documents = parseAllDocuments(read('kubernetes.yaml'))
  expect(documents.flatMap(({ errors }) => errors)).toEqual([])
  const all = documents.map((document) => document.toJS() as Manifest)
  const set = all.find(({ kind }) => kind === 'StatefulSet')!.spec as {
    replicas: number
    serviceName: string
    selector: { matchLabels: object }
    template: { metadata: { labels: object }; spec: { containers: Container[]; volumes: { name: string }[] } }
    volumeClaimTemplates: { metadata: { name: string } }[]
  }
  const headless = all.find(({ kind, metadata }) => kind === 'Service' && metadata.name === set.serviceName)!
  expect(headless.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true })
  const budget = all.find(({ kind }) => kind === 'PodDisruptionBudget')!.spec
  expect(set.replicas - (budget['maxUnavailable'] as number)).toBeGreaterThan(set.replicas / 2)
  const { labels } = set.template.metadata
  expect([set.selector.matchLabels, (budget['selector'] as { matchLabels: object }).matchLabels]).toEqual([
    labels,
    labels,
  ])
  for (const { kind, spec } of all) if (kind === 'Service') expect(spec['selector']).toEqual(labels)

  const [container] = set.template.spec.containers
  const { readinessProbe, livenessProbe, volumeMounts, ports } = container!
  expect([readinessProbe.httpGet.path, livenessProbe.httpGet.path]).toEqual(['/ready', '/health'])
  const volumes = [...set.template.spec.volumes, ...set.volumeClaimTemplates.map(({ metadata }) => metadata)]
  expect(volumeMounts.map(({ name }) => name).toSorted()).toEqual(volumes.map(({ name }) => name).toSorted())
  for (let pod = 0; pod < set.replicas; pod++) {
    const args = startArguments(wordsOf(container!, `kv-${pod}`))
    const id = Number(args.text('id'))
    const peers = addresses('--peers', args.required('peers'))
    expect([id, peers.size]).toEqual([pod + 1, set.replicas])
    expect(peers.get(id)).toEqual({ host: `kv-${pod}.${set.serviceName}`, port: 9000 })
    expect(args.text('tls-cert')).toBe(`/tls/${id}.crt`)
    expect(ports.map(({ containerPort }) => containerPort)).toEqual([8000, 9000])
    expect(volumeMounts.map(({ mountPath }) => mountPath)).toContain(args.text('data'))
  }
})

interface Container {
  readonly command: readonly [string, string]
  readonly args: readonly [string]
  readonly ports: readonly { readonly containerPort: number }[]
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
  readonly readinessProbe: { readonly httpGet: { readonly path: string } }
  readonly livenessProbe: { readonly httpGet: { readonly path: string } }
}

/** What the shell makes of the command of a pod: `node kv.cjs` prints its arguments in place of starting. */
function wordsOf({ command: [shell, flag], args: [script] }: Container, hostname: string): string[] {
  const printing = script.replace('exec node kv.cjs', String.raw`printf '%s\n'`)
  const env = { HOSTNAME: hostname, PATH: process.env['PATH'] ?? '' }
  return execFileSync(shell, [flag, printing], { env, encoding: 'utf8' }).trim().split('\n')
}

test('the Dockerfile copies what there is, and the bundle that it makes runs', () => {
  const lines = read('Dockerfile').split('\n')
  const copied = lines
    .filter((line) => /^COPY (?!--from)/.test(line))
    .flatMap((line) => line.split(' ').slice(1, -1))
  expect(copied.filter((path) => !existsSync(path))).toEqual([])
  expect(copied).toEqual(expect.arrayContaining(['package.json', 'package-lock.json', 'src', 'examples']))
  const temporary = mkdtempSync(join(tmpdir(), 'quorate-docker-'))
  try {
    const outfile = join(temporary, 'kv.cjs')
    const [, ...words] = lines
      .find((line) => line.startsWith('RUN npx esbuild'))!
      .slice('RUN '.length)
      .split(' ')
    const [, ...args] = words.map((word) => (word.startsWith('--outfile=') ? `--outfile=${outfile}` : word))
    execFileSync(join('node_modules', '.bin', 'esbuild'), [...args, '--log-level=error'])
    const [program, ...entry] = JSON.parse(lines.at(-2)!.slice('ENTRYPOINT '.length)) as string[]
    expect(program).toBe('node')
    const help = execFileSync(process.execPath, [...entry, 'start', '--help'], {
      cwd: temporary,
      encoding: 'utf8',
    })
    expect(help).toContain('--peers')
  } finally {
    rmSync(temporary, { recursive: true })
  }
})
