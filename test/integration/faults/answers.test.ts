import { expect, test } from 'vitest'
import type { Status } from '../../../src-shared/api.ts'
import { streamLogger } from '../../../src-main/platform/log.ts'
import { gpu, pool, proxy, search, start, usePair } from '../../support/pair.ts'

usePair()

test('vectors as lists are handed on, and told where another backend sends texts: on the page, once in the log', async () => {
  const lines: string[] = []
  await start({ log: streamLogger('warn', { write: (line: string) => void lines.push(line) }) })
  await pool()
  const old = '{"clip": [0.5, 1]}'
  gpu.predictFault = { kind: 'lie', body: old, contentType: 'application/json' }
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map((query) => search(query)))
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200])
  expect(await Promise.all(answers.map((answer) => answer.text()))).toContain(old)
  const told = 'gpu answers in an older form than nas; same version of Immich?'
  const { warnings } = (await (await proxy.get('/api/status')).json()) as Status
  expect(warnings).toContain(told)
  expect(lines.filter((line) => line.includes(told))).toHaveLength(1)
})
