import { describe, expect, it } from 'vitest'
import {
  flowOf,
  MOST_NODES,
  ratesOf,
  standingOf,
  worksByBackend,
  type FlowInput,
} from '../../../src-renderer/lib/flow.ts'
import { fitted, layoutFlow, strokeOf } from '../../../src-renderer/lib/flow-layout.ts'
import { draftOf } from '../../../src-renderer/lib/draft.ts'
import { helpMeanwhile, troubleOf } from '../../../src-renderer/lib/trouble.ts'
import { words as flowWords } from '../../../src-renderer/texts/flow.ts'
import { words } from '../../../src-renderer/texts/trouble.ts'
import type { BackendState } from '../../../src-shared/api.ts'
import { EMPTY_CONFIG, type Config } from '../../../src-shared/config/schema.ts'
import { STATE } from '../support/api.ts'

const CONFIG: Config = {
  ...EMPTY_CONFIG,
  defaultBackend: 'nas',
  backends: [
    { name: 'gpu', url: 'http://gpu:3003' },
    { name: 'nas', url: 'http://nas:3003' },
  ],
  taskRouting: { clip: { backends: ['gpu', 'nas'], share: 'in-order' } },
}
const STRICT: Config = { ...CONFIG, taskRouting: { clip: 'gpu' } }
const AWAY: BackendState = {
  ...STATE,
  status: 'unhealthy',
  availability: 'away',
  reason: 'connection refused',
}
const SERVING: BackendState = { ...STATE, availability: 'serving', reason: '' }

const input = (config: Config, states: Record<string, BackendState>, off = ''): FlowInput => ({
  config,
  stateOf: (name) => states[name],
  isOff: (name) => name === off,
  rateOf: () => 0,
})
const BOTH = { gpu: SERVING, nas: SERVING }
const standings = (given: FlowInput, work: string): string[] | undefined =>
  flowOf(given)
    .tasks.find((task) => task.work === work)
    ?.branches.map(({ backend, standing }) => `${backend} ${standing}`)

describe('the flow', () => {
  it('shows who serves and who stands by', () => {
    expect(standings(input(CONFIG, BOTH), 'clip/visual')).toEqual(['gpu serving', 'nas standby'])
    expect(standings(input(CONFIG, { ...BOTH, gpu: AWAY }), 'clip/visual')).toEqual([
      'gpu away',
      'nas serving',
    ])
    expect(standings(input(CONFIG, BOTH), 'ocr')).toEqual(['nas serving'])
  })

  it('what if gpu is off', () => {
    const flow = flowOf(input(STRICT, BOTH, 'gpu'))
    expect(flow.tasks.map(({ work, isServed }) => [work, isServed])).toEqual([
      ['clip/visual', false],
      ['clip/textual', false],
      ['facial-recognition', true],
      ['ocr', true],
    ])
    expect(flow.nodes.map(({ standing }) => standing)).toEqual(['away', 'serving'])
  })

  it.each([
    ['paused', 'paused'],
    ['stopped', 'paused'],
    ['waking', 'waking'],
    ['starting', 'waking'],
    ['away', 'away'],
    ['serving', 'serving'],
  ] as const)('%s is drawn as %s', (availability, standing) => {
    const state = { ...SERVING, availability }
    expect(standingOf({ stateOf: () => state, isOff: () => false }, 'gpu')).toBe(standing)
  })

  it('draws further tasks of the routing, and no more backends than can be read', () => {
    const names = Array.from({ length: 12 }, (_, index) => `node${index}`)
    const backends = names.map((name) => ({ name, url: `http://${name}` }))
    const config: Config = {
      ...EMPTY_CONFIG,
      backends,
      defaultBackend: 'node11',
      taskRouting: { search: 'node3' },
    }
    const flow = flowOf(input(config, {}))
    expect(flow.tasks.at(-1)?.work).toBe('search')
    expect(flow.nodes).toHaveLength(MOST_NODES)
    expect(flow.nodes.map(({ name }) => name)).toEqual(expect.arrayContaining(['node3', 'node11']))
    expect(flow.more).toBe(4)
    expect(worksByBackend(config).get('node3')).toEqual(['search'])
  })

  it('counts requests a minute over the last five', () => {
    const figures = {
      failures: [],
      p50Ms: [],
      p95Ms: [],
      total: { images: 0, texts: 0, failures: 0, p50Ms: null, p95Ms: null },
    }
    const task = { task: 'ocr', images: [900, 1, 2, 3, 4, null], texts: [0, 0, 0, 0, 0, 5], ...figures }
    const backend = {
      name: 'gpu',
      isConfigured: true,
      uptime: 1,
      states: [],
      waiting: [],
      running: [],
      all: task,
      tasks: [task],
    }
    const rate = ratesOf({ backends: [backend] })
    expect(rate('gpu', 'ocr')).toBe(3)
    expect(rate('nas', 'ocr')).toBe(0)
    expect(strokeOf(0)).toBeLessThan(strokeOf(1))
    expect(strokeOf(1)).toBeLessThan(strokeOf(60))
    expect(strokeOf(100_000)).toBeLessThan(12)
  })

  it('is told in words', () => {
    const [task] = flowOf(input(CONFIG, { ...BOTH, gpu: AWAY })).tasks
    expect(task && flowWords.who(task)).toBe('nas answers, gpu is off')
    const [failing] = flowOf(input(STRICT, { ...BOTH, gpu: AWAY })).tasks
    expect(failing && flowWords.whyNow(failing)).toBe('It fails now: gpu is off.')
    expect(flowWords.rate(0.2)).toBe('under 1 a minute')
    expect(flowWords.asked({ lastAsked: { at: 97, from: '192.168.1.5' } }, 107)).toBe(
      'Immich asked 10 s ago from 192.168.1.5.',
    )
  })
})

describe.each([1046, 375, 320])('drawn %d px wide', (width) => {
  const flow = flowOf(input(CONFIG, BOTH))
  const layout = layoutFlow(flow, width)

  it('lies within its width, and nothing over another', () => {
    for (const { area } of [...layout.tasks, ...layout.nodes]) {
      expect(area.x).toBeGreaterThanOrEqual(0)
      expect(area.x + area.width).toBeLessThanOrEqual(width)
      expect(area.y).toBeGreaterThanOrEqual(0)
      expect(area.y + area.height).toBeLessThanOrEqual(layout.height)
    }
    const [label, node] = [layout.tasks[0]?.area, layout.nodes[0]?.area]
    expect((label?.x ?? 0) + (label?.width ?? 0)).toBeLessThan(node?.x ?? 0)
  })

  it('has a line for each task and backend', () => {
    expect(layout.branches).toHaveLength(flow.tasks.flatMap(({ branches }) => branches).length)
    expect(layout.immich === undefined).toBe(layout.isNarrow)
  })
})

it('a text is cut to its width', () => {
  expect(fitted('gpu', 100)).toBe('gpu')
  expect(fitted('a-very-long-name', 74)).toBe('a-very-lo…')
})

describe('trouble', () => {
  const trouble = (config: Config, states: Record<string, BackendState>) =>
    troubleOf(flowOf(input(config, states)))
  const told = (config: Config, states: Record<string, BackendState>): string =>
    words.text('down', states, () => true, trouble(config, states))

  it('says what fails, why, and what still works', () => {
    expect(told(STRICT, { ...BOTH, gpu: AWAY })).toBe(
      'Smart search fails: gpu is off. Faces and text in photos still work.',
    )
    expect(told(STRICT, { gpu: AWAY, nas: AWAY })).toBe('Everything fails: gpu and nas are off.')
    const waiting: Config = { ...STRICT, taskRoutingPolicy: { clip: 'wait' } }
    expect(told(waiting, { ...BOTH, gpu: AWAY })).toBe(
      'Photos for smart search wait, searches fail: gpu is off. Faces and text in photos still work.',
    )
    expect(trouble(CONFIG, BOTH)).toBeUndefined()
    expect(told({ ...CONFIG, taskRouting: { faces: 'gpu' } }, { ...BOTH, gpu: AWAY })).toBe(
      'faces fails: gpu is off. Smart search, faces and text in photos still work.',
    )
    const faces: Config = { ...CONFIG, taskRouting: { 'facial-recognition': 'gpu' } }
    expect(told(faces, { ...BOTH, gpu: AWAY })).toMatch(/^Faces fail: gpu is off\./)
  })

  it('photos wait for a backend that is paused or starting, whatever the policy; searches do not', () => {
    const paused: BackendState = { ...AWAY, availability: 'paused', reason: 'paused until 18:30' }
    const starting: BackendState = { ...AWAY, availability: 'starting', reason: 'starting' }
    expect(told(STRICT, { gpu: paused, nas: paused })).toBe(
      'Photos wait, searches fail: gpu and nas are paused.',
    )
    const faces: Config = { ...CONFIG, taskRouting: { 'facial-recognition': 'gpu', ocr: 'gpu' } }
    expect(told(faces, { ...BOTH, gpu: paused })).toBe(
      'Faces and text in photos wait: gpu is paused. Smart search still works.',
    )
    expect(told(faces, { ...BOTH, gpu: starting })).toMatch(/^Faces and text in photos wait: gpu is starting/)
    const task = flowOf(input(STRICT, { gpu: paused, nas: SERVING })).tasks[0]
    expect(task && flowWords.whyNow(task)).toBe('Photos wait now: gpu: paused.')
    expect(task && flowWords.whyNext(task)).toBe(
      'Nobody is next: photos wait for a backend, up to 4½ minutes or as set below.',
    )
  })

  it('offers a backend that answers, and puts it into the routes of what fails', () => {
    const found = trouble(STRICT, { ...BOTH, gpu: AWAY })
    expect(found?.helper).toBe('nas')
    const draft = draftOf(STRICT)
    if (found !== undefined) helpMeanwhile(draft, found)
    const route = draft.tasks.find(({ key }) => key === 'clip')
    expect(route?.pool.map((id) => draft.backends.find((one) => one.id === id)?.name)).toEqual(['gpu', 'nas'])
    expect(route?.share).toBe('in-order')
    expect(trouble(STRICT, { gpu: AWAY, nas: AWAY })?.helper).toBeUndefined()
  })

  it('a backend that no route names is missed by nobody', () => {
    const states = { gpu: AWAY, nas: SERVING }
    expect(words.text('degraded', states, (name) => name !== 'gpu', undefined)).toBe(
      'The others answer instead.',
    )
    expect(words.text('degraded', states, () => true, undefined)).toBe(
      'gpu is off; the others answer instead.',
    )
  })
})
