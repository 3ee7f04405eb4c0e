import { expect, test } from 'vitest'
import { startTestDesktop, useDesktops } from '../../support/desktop.ts'
import { app } from '../../support/electron-stand-in/app.ts'

useDesktops()

test('the app takes no memory of the GPU, which is there for machine learning', async () => {
  await startTestDesktop()
  expect(app.hasGpuProcess).toBe(false)
})
