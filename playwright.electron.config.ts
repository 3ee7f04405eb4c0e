import { defineConfig } from '@playwright/test'

/** Drives the real Electron; `npm run test:electron` looks first whether its binary is there. */
export default defineConfig({
  testDir: 'test/electron',
  testMatch: '*.spec.ts',
  timeout: 60_000,
  // The app holds one lock and one tray.
  workers: 1,
  reporter: 'list',
  outputDir: 'test-results/electron',
})
