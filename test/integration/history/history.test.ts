/** What a service counts, over a restart too, and what Prometheus reads of it. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { History } from '../../../src-shared/history.ts'
import { startProxy } from '../../support/proxy.ts'
import { JOBS, predict } from '../../support/immich-client.ts'
import { CHEAP_HASH, basic } from '../../support/login.ts'
import { gpu, nas, pool, proxy, search, searchInFlight, start, usePair } from '../../support/pair.ts'
import { readPhoto } from '../../support/photo.ts'
import { projectRoot } from '../../support/program.ts'

usePair({ limits: { scryptCost: CHEAP_HASH } })

const history = async (from = proxy, range = '1h'): Promise<History> =>
  (await (await from.get(`/api/history?range=${range}`)).json()) as History

const totalOf = ({ backends }: History, name: string) =>
  backends.find((backend) => backend.name === name)?.all.total

async function metrics(headers: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(new URL('/metrics', proxy.url), { headers })
  expect(answer.status).toBe(200)
  return answer.text()
}

const valueOf = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

const PHOTO = { ...JOBS.searchImage }

describe('GET /api/history', () => {
  test('counts photos, texts and failures by backend and task', async () => {
    await proxy.configure({
      defaultBackend: 'gpu',
      backends: [gpu, nas].map(({ name, url }) => ({ name, url })),
    })
    await predict(proxy.url, PHOTO, readPhoto())
    await search('a dog')
    gpu.predictFault = [{ kind: 'status', status: 503 }]
    expect((await search('a cat')).ok).toBe(false)
    const answer = await history()
    expect(totalOf(answer, 'gpu')).toMatchObject({ images: 1, texts: 1, failures: 1 })
    expect(totalOf(answer, 'nas')).toMatchObject({ images: 0, texts: 0, failures: 0 })
    const tasks = answer.backends[0]?.tasks.map(({ task, total }) => [task, total.images, total.texts])
    expect(tasks).toEqual([
      ['clip/textual', 0, 1],
      ['clip/visual', 1, 0],
    ])
    const sum = (values: (number | null)[]): number =>
      values.reduce<number>((all, one) => all + (one ?? 0), 0)
    const { images, texts, failedTexts, failedImages } = answer.replies
    expect([images, texts, failedTexts, failedImages].map(sum)).toEqual([1, 1, 1, 0])
    expect(answer.lastImport).toMatchObject({ isRunning: true, parts: [{ backend: 'gpu', images: 1 }] })
  })

  test('a failover counts for both, and Immich was answered', async () => {
    await pool()
    gpu.predictFault = [{ kind: 'status', status: 503 }]
    nas.predictFault = []
    for (let count = 0; count < 2; count++)
      expect((await predict(proxy.url, PHOTO, readPhoto())).ok).toBe(true)
    const answer = await history()
    expect(totalOf(answer, 'gpu')?.failures).toBe(1)
    expect(totalOf(answer, 'nas')?.images).toBeGreaterThanOrEqual(1)
    expect(answer.replies.failedImages.some((count) => (count ?? 0) > 0)).toBe(false)
  })

  test('what a client gave up counts for nobody', async () => {
    await proxy.configure({ defaultBackend: 'gpu', backends: [{ name: 'gpu', url: gpu.url }] })
    const abort = new AbortController()
    gpu.predictFault = [{ kind: 'hang' }]
    const asked = predict(proxy.url, JOBS.searchText, 'x', { signal: abort.signal }).catch(() => undefined)
    await expect.poll(() => gpu.active).toBe(1)
    abort.abort()
    await asked
    await expect.poll(() => proxy.service.work.inFlight).toBe(0)
    expect(totalOf(await history(), 'gpu')).toMatchObject({ texts: 0, failures: 0 })
  })

  test('another range is a 400 that names those there are', async () => {
    const answer = await proxy.get('/api/history?range=7d')
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: expect.stringContaining('1h, 6h, 24h') as string },
    ])
    expect((await proxy.get('/api/history?range=1h&range=6h')).status).toBe(400)
  })

  test('is compressed where the client takes it', async () => {
    const answer = await fetch(new URL('/api/history?range=24h', proxy.url), {
      headers: { 'accept-encoding': 'gzip' },
    })
    expect(answer.headers.get('content-encoding')).toBe('gzip')
  })
})

describe('over a restart', () => {
  const FILE = 'state/history.json.gz'

  test('what was counted is there, in a file for the user alone', async () => {
    await proxy.configure({ defaultBackend: 'gpu', backends: [{ name: 'gpu', url: gpu.url }] })
    await search()
    const { folder } = proxy
    await proxy.service.stop(0)
    const { mode, size } = statSync(path.join(folder, FILE))
    expect(mode & 0o777).toBe(0o600)
    expect(size).toBeLessThan(2 * 1024 * 1024)
    const again = await startProxy({ userDataDir: folder })
    try {
      expect(totalOf(await history(again), 'gpu')?.texts).toBe(1)
    } finally {
      await again.stop()
    }
  })

  test.each([
    ['no gzip', Buffer.from('secret')],
    ['empty', Buffer.alloc(0)],
    ['too large', Buffer.alloc(2 * 1024 * 1024 + 1)],
  ])('a file that is %s is not used: the history begins anew', async (_what, content) => {
    const { folder } = proxy
    await proxy.service.stop(0)
    writeFileSync(path.join(folder, FILE), content)
    const again = await startProxy({ userDataDir: folder })
    try {
      expect((await history(again)).lastImport).toBeNull()
    } finally {
      await again.stop()
    }
  })
})

describe('GET /metrics', () => {
  test('counts by backend and task, with the state of each backend', async () => {
    await proxy.configure({
      defaultBackend: 'gpu',
      backends: [gpu, nas].map(({ name, url }) => ({ name, url })),
    })
    await nas.kill()
    await proxy.service.monitor.checkAll()
    await search()
    const text = await metrics()
    const P = 'immich_ml_proxy_'
    expect(
      valueOf(text, `${P}attempts_total{backend="gpu",task="clip/textual",kind="text",result="answered"}`),
    ).toBe(1)
    expect(valueOf(text, `${P}predictions_total{kind="text",result="answered"}`)).toBe(1)
    expect(valueOf(text, `${P}attempt_duration_seconds_count{backend="gpu",task="clip/textual"}`)).toBe(1)
    expect(valueOf(text, `${P}backend_state{backend="gpu",state="healthy"}`)).toBe(1)
    expect(valueOf(text, `${P}backend_state{backend="nas",state="away"}`)).toBe(1)
    expect(valueOf(text, `${P}backend_running{backend="gpu"}`)).toBe(0)
    expect(text).toMatch(/immich_ml_proxy_info\{version="\d+\.\d+\.\d+[^"]*"\} 1/)
  })

  test('what is running and waiting is read when it is asked for', async () => {
    await proxy.configure({
      defaultBackend: 'gpu',
      backends: [{ name: 'gpu', url: gpu.url, maxConcurrent: 1 }],
    })
    const { running, release } = await searchInFlight()
    const waiting = search('behind')
    await expect
      .poll(async () => valueOf(await metrics(), 'immich_ml_proxy_backend_waiting{backend="gpu"}'))
      .toBe(1)
    expect(valueOf(await metrics(), 'immich_ml_proxy_backend_running{backend="gpu"}')).toBe(1)
    release()
    await Promise.all([running, waiting])
  })

  test('no client makes a series: tasks that nobody configured are one', async () => {
    await proxy.configure({ defaultBackend: 'gpu', backends: [{ name: 'gpu', url: gpu.url }] })
    for (let number = 0; number < 20; number++) {
      await predict(proxy.url, { [`made-up-${number}"\n{`]: { x: { modelName: 'm' } } }, 'x')
    }
    const text = await metrics()
    expect(text).not.toContain('made-up')
    expect(text).toContain('task="others"')
    expect(JSON.stringify(await history())).not.toContain('made-up')
  })

  test('the series of a backend that is removed go with it', async () => {
    await pool()
    for (let number = 0; number < 4; number++) await search()
    expect(await metrics()).toContain('backend="nas"')
    await proxy.configure({ defaultBackend: 'gpu', backends: [{ name: 'gpu', url: gpu.url }] })
    const text = await metrics()
    expect(text).toContain('backend="gpu"')
    expect(text).not.toContain('nas')
  })

  test('asks for the password like the API, by HTTP Basic', async () => {
    await proxy.post('/api/auth/password', { password: 'correct horse' })
    const get = (headers = {}) => fetch(new URL('/metrics', proxy.url), { headers })
    expect((await get()).status).toBe(401)
    expect((await get(basic('wrong horse'))).status).toBe(401)
    expect(await metrics(basic('correct horse'))).toContain('immich_ml_proxy_info')
  })

  test('a name that is not allowed is refused, as on every page', async () => {
    const { request } = await import('node:http')
    const status = await new Promise((resolve, reject) => {
      request(new URL('/metrics', proxy.url), { headers: { host: 'evil.example.com' } }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
        .on('error', reject)
        .end()
    })
    expect(status).toBe(403)
  })
})

describe('docs', () => {
  const NAME = /immich_ml_proxy_\w+/g
  interface Panel {
    targets?: { expr: string }[]
    panels?: Panel[]
  }

  test('every query of the Grafana dashboard names a metric that exists, with labels that it has', async () => {
    await start()
    await pool()
    await Promise.all([search(), predict(proxy.url, PHOTO, readPhoto())])
    const text = await metrics()
    const names = new Set([...text.matchAll(/^(immich_ml_proxy_\w+)/gm)].map(([, name]) => name))
    const dashboard = JSON.parse(
      readFileSync(path.join(projectRoot, 'docs/grafana-dashboard.json'), 'utf8'),
    ) as { panels: Panel[] }
    const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    expect(queries.length).toBeGreaterThan(5)
    for (const query of queries) {
      const used = query.match(NAME) ?? []
      expect(used.length, query).toBeGreaterThan(0)
      for (const name of used) expect(names, query).toContain(name)
      for (const [, selector = ''] of query.matchAll(/\{([^}]*)\}/g)) {
        for (const [, label = ''] of selector.matchAll(/(\w+)\s*[=!]/g))
          expect(text, query).toMatch(new RegExp(`\\b${label}="`))
      }
      for (const [, labels = ''] of query.matchAll(/\bby \(([^)]*)\)/g)) {
        for (const label of labels.split(/,\s*/)) expect(text, query).toMatch(new RegExp(`\\b${label}="`))
      }
    }
  })

  test('docs/metrics.md names every metric and no other', async () => {
    await pool()
    await search()
    const text = await metrics()
    const declared = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name)
    const page = readFileSync(path.join(projectRoot, 'docs/metrics.md'), 'utf8')
    const named = new Set(page.match(NAME))
    expect([...named].sort()).toEqual(declared.sort())
  })
})
