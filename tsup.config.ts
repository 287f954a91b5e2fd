import { defineConfig } from 'tsup'

// One configuration for all entries, with splitting: two of them would give a user two copies of every class.
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    // No entry of the package: in a file of its own, so that who takes only the core is spared the emitter.
    'raft-node': 'src/node/raft-node.ts',
    codec: 'src/codec/index.ts',
    sim: 'src/sim/index.ts',
    tcp: 'src/transport/tcp/index.ts',
    testing: 'src/testing/index.ts',
    wal: 'src/storage/wal/index.ts',
    'quorate-wal': 'src/storage/wal/inspect-main.ts',
  },
  tsconfig: 'tsconfig.src.json',
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  // tsup sets baseUrl for the declarations, which TypeScript 6 rejects unless told otherwise.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  // By default tsup writes `fs` for `node:fs`.
  removeNodeProtocol: false,
  external: ['eventemitter3'],
  clean: true,
  sourcemap: true,
  splitting: true,
  treeshake: true,
})
