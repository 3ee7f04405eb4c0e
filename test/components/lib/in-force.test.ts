import { expect, it } from 'vitest'
import { ref } from 'vue'
import type { Status } from '../../../src-shared/api.ts'
import { overruledText } from '../../../src-renderer/lib/in-force.ts'

it('a setting that a flag overrules says what is in force', () => {
  const status = ref<Pick<Status, 'commandLine'>>({ commandLine: { port: 4310 } })
  expect(overruledText(status.value, 'port')).toMatch(
    /^In force: 4310, from the command line or the environment\. .*--port and IMP_PORT/,
  )
  expect(overruledText(status.value, 'host')).toBeUndefined()
  expect(overruledText(undefined, 'port')).toBeUndefined()
})
