/** What is measured: the cases, and in each the lanes that are compared. */
import {
  SLOW_MS,
  startNaive,
  startOurs,
  startPlainProxy,
  TASKS,
  type Backends as BackendUrls,
} from './contenders.ts'
import type { Part } from './options.ts'
import { sendOnce, type CapturedRequest, type Requests } from './requests.ts'
import type { Running, Stage } from './stage.ts'
import type { Tools } from './tools.ts'

/** One row of the table: a proxy, or a backend without one, that receives the request of a case. */
export interface Lane {
  readonly name: string
  readonly url: string
  readonly request: CapturedRequest
  /** The process whose CPU and memory are read; undefined where there is no proxy. */
  readonly proxy?: Running
  /** The tasks that the answer must hold. */
  readonly tasks: readonly string[]
  /** The backend that must receive each request, where it counts them. */
  readonly counted?: Running
}

export interface Case {
  readonly id: string
  readonly part: Part
  readonly title: string
  readonly connections: number
  readonly lanes: readonly Lane[]
}

type Backends = Readonly<Record<'first' | 'second', Running>>

/** The cases, with the processes that they need. */
export interface RunningCases {
  readonly cases: readonly Case[]
  readonly stop: () => Promise<void>
}

const CLIP = [TASKS.first]
const FACES = [TASKS.second]
const BOTH = [TASKS.first, TASKS.second]

type Proxies = Record<'nginx' | 'nginxKeeps' | 'naive' | 'ours' | 'debug', Running>

/** What is shown for each of the proxies. */
const LABELS = {
  nginx: 'nginx',
  nginxKeeps: 'nginx, memory kept',
  naive: 'naive',
  ours: 'ours',
  debug: 'ours, debug on',
} as const

const OF_TEXTS = ['nginx', 'naive', 'ours', 'debug'] as const
/** The memory settings of nginx's C library matter only for bodies of this size. */
const OF_IMAGES = ['nginx', 'nginxKeeps', 'naive', 'ours', 'debug'] as const

/** Every lane gets the same request and has one backend. */
function plainCases(requests: Requests, first: Running, proxies: Proxies): Case[] {
  const lanes = (request: CapturedRequest, contenders: readonly (keyof Proxies)[]): Lane[] => [
    { name: 'direct', url: first.url, request, tasks: CLIP, counted: first },
    ...contenders.map((which) => {
      const proxy = proxies[which]
      return { name: LABELS[which], url: proxy.url, request, proxy, tasks: CLIP, counted: first }
    }),
  ]
  const texts = lanes(requests.text, OF_TEXTS)
  const images = lanes(requests.image, OF_IMAGES)
  return [
    { id: 'text1', part: 'text1', title: 'text, 1 in flight', connections: 1, lanes: texts },
    { id: 'text8', part: 'text8', title: 'text, 8 in flight', connections: 8, lanes: texts },
    { id: 'image1', part: 'image1', title: 'image, 1 in flight', connections: 1, lanes: images },
    { id: 'image8', part: 'image8', title: 'image, 8 in flight', connections: 8, lanes: images },
  ]
}

/** One image for two backends, beside each of the two alone. */
function fanoutCases(requests: Requests, backends: Backends, proxies: Proxies): Case[] {
  const { first, second } = backends
  const { naive, ours } = proxies
  const { image, faces, both } = requests
  const lanes: Lane[] = [
    { name: 'naive', url: naive.url, request: both, proxy: naive, tasks: BOTH, counted: first },
    { name: 'ours', url: ours.url, request: both, proxy: ours, tasks: BOTH, counted: second },
  ]
  const alone: Lane[] = [
    { name: 'direct, 1st alone', url: first.url, request: image, tasks: CLIP, counted: first },
    { name: 'direct, 2nd alone', url: second.url, request: faces, tasks: FACES, counted: second },
    { name: 'ours, 1st alone', url: ours.url, request: image, proxy: ours, tasks: CLIP, counted: first },
    { name: 'ours, 2nd alone', url: ours.url, request: faces, proxy: ours, tasks: FACES, counted: second },
  ]
  const title = 'image to two backends'
  return [
    {
      id: 'fanout1',
      part: 'fanout',
      title: `${title}, 1 in flight`,
      connections: 1,
      lanes: [...alone, ...lanes],
    },
    { id: 'fanout8', part: 'fanout', title: `${title}, 8 in flight`, connections: 8, lanes },
  ]
}

/** The same with backends that take a fixed time to answer. */
function slowCase(requests: Requests, backends: BackendUrls, naive: Running, ours: Running): Case {
  const { image, faces, both } = requests
  return {
    id: 'fanoutSlow',
    part: 'fanout',
    title: `image to two backends of ${SLOW_MS.first} and ${SLOW_MS.second} ms, 1 in flight`,
    connections: 1,
    lanes: [
      { name: 'direct, 1st alone', url: backends.first, request: image, tasks: CLIP },
      { name: 'direct, 2nd alone', url: backends.second, request: faces, tasks: FACES },
      { name: 'naive', url: naive.url, request: both, proxy: naive, tasks: BOTH },
      { name: 'ours', url: ours.url, request: both, proxy: ours, tasks: BOTH },
    ],
  }
}

/** Starts a proxy of each kind, and looks at an answer of each lane. */
export async function startCases(
  stage: Stage,
  tools: Tools,
  requests: Requests,
  backends: Backends,
  slowBackends: BackendUrls | undefined,
  parts: ReadonlySet<Part>,
): Promise<RunningCases> {
  const urls = { first: backends.first.url, second: backends.second.url }
  const [nginx, nginxKeeps, naive, ours, debug] = await Promise.all([
    startPlainProxy(stage, tools, 'nginx', urls),
    startPlainProxy(stage, tools, 'nginx-keeps', urls, true),
    startNaive(stage, 'naive', urls),
    startOurs(stage, 'ours', urls),
    startOurs(stage, 'ours-debug', urls, { debug: true }),
  ])
  const proxies: Proxies = { nginx, nginxKeeps, naive, ours, debug }
  const all = [nginx, nginxKeeps, naive, ours, debug]
  const cases = [
    ...plainCases(requests, backends.first, proxies),
    ...fanoutCases(requests, backends, proxies),
  ]
  if (slowBackends !== undefined) {
    const [slowNaive, slowOurs] = await Promise.all([
      startNaive(stage, 'naive-slow', slowBackends),
      startOurs(stage, 'ours-slow', slowBackends),
    ])
    all.push(slowNaive, slowOurs)
    cases.push(slowCase(requests, slowBackends, slowNaive, slowOurs))
  }
  const wanted = cases.filter(({ part }) => parts.has(part))
  for (const { lanes } of wanted) for (const lane of lanes) await proveAnswer(lane)
  return {
    cases: wanted,
    stop: async () => {
      await Promise.all(all.map((running) => running.stop()))
    },
  }
}

/** @throws where a lane does not answer what its backends do */
async function proveAnswer(lane: Lane): Promise<void> {
  const { status, body } = await sendOnce(lane.url, lane.request)
  if (status !== 200) throw new Error(`${lane.name} answered ${status}: ${body.toString().slice(0, 200)}`)
  const answer = JSON.parse(body.toString()) as Record<string, unknown>
  if (lane.tasks.some((task) => typeof answer[task] !== 'string') || answer['imageHeight'] !== 960) {
    throw new Error(
      `${lane.name} answered without ${lane.tasks.join(' or ')}: ${body.toString().slice(0, 200)}`,
    )
  }
}
