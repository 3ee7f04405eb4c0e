import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

/** How long an awaited state may take to come on a busy machine, milliseconds. */
const POLL = { poll: { timeout: 10_000, interval: 20 } }

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 30_000,
          expect: POLL,
        },
      },
      {
        plugins: [vue()],
        test: { name: 'components', include: ['test/components/**/*.test.ts'], environment: 'happy-dom' },
      },
      { test: { name: 'desktop', include: ['test/desktop/**/*.test.ts'], testTimeout: 120_000 } },
    ],
  },
})
