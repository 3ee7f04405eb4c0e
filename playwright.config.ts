import { defineConfig } from '@playwright/test'
import { BROWSER_ARGS, ensureBrowser } from './scripts/browser.mjs'

const executablePath = await ensureBrowser()
// Once, not in every worker.
if (process.env['TEST_WORKER_INDEX'] === undefined) console.log(`browser: ${executablePath}`)

export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'test-results',
  globalSetup: './test/e2e/support/build.ts',
  fullyParallel: true,
  workers: 2,
  // A machine that is shared may be many times slower than another; what hangs is ended all the same.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  forbidOnly: process.env['CI'] !== undefined,
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    headless: true,
    launchOptions: { executablePath, args: BROWSER_ARGS },
    viewport: { width: 1280, height: 900 },
    screenshot: 'only-on-failure',
  },
})
