import { availableParallelism } from 'node:os'
import path from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

/** How long an awaited state may take to come on a busy machine, milliseconds. */
const POLL = { poll: { timeout: 20_000, interval: 20 } }
const standIn = path.join(import.meta.dirname, 'test/support/electron-stand-in/index.ts')

export default defineConfig({
  test: {
    // Most tests wait for servers more than they reckon: also on two cores two files run at once.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // `isolate: false` where tests leave nothing behind and mock no module: their files are many and small, and most of
    // the time of each would go into importing the same modules again. Measured on two busy cores: unit tests 30 s
    // against 12 s, components 62 s against 7 s.
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000, isolate: false } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          expect: POLL,
        },
      },
      {
        plugins: [vue()],
        test: {
          name: 'components',
          include: ['test/components/**/*.test.ts'],
          environment: 'happy-dom',
          testTimeout: 30_000,
          isolate: false,
        },
      },
      {
        // Electron's binary is not everywhere; its stand-in is. electron-store asks for it as well.
        resolve: { alias: { electron: standIn } },
        test: {
          name: 'desktop',
          include: ['test/desktop/**/*.test.ts'],
          testTimeout: 120_000,
          expect: POLL,
          // Two tests start what is built; neither may build while the other does.
          globalSetup: ['test/support/build-first.ts'],
          server: { deps: { inline: ['electron-store'] } },
        },
      },
    ],
  },
})
