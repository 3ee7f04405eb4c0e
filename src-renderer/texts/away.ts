/** What the page /config says of what is away: waiting, waking, and Immich's queues. */
import type { BackendState } from '../../src-shared/api.ts'
import {
  GUARDED_TASKS,
  QUEUE_OF_TASK,
  type GuardedTask,
  type GuardMode,
  type ImmichStatus,
  type LossReason,
  type Progress,
  type QueueStatus,
  type TaskLosses,
} from '../../src-shared/immich.ts'
import { count, span } from '../lib/format.ts'

/** The names of the queues on Immich's own page. */
const QUEUE_TITLES: Readonly<Record<GuardedTask, string>> = {
  clip: 'Smart Search',
  'facial-recognition': 'Face Detection',
  ocr: 'OCR',
}

const GUARDS: Readonly<Record<GuardMode, string>> = {
  off: 'off: Immich is not asked',
  observe: 'observe: its queues are only looked at',
  on: 'on: its queues are paused and resumed',
}

const LOSS_REASONS: Readonly<Record<LossReason, string>> = {
  away: 'nobody was there',
  full: 'all were full',
  'timed-out': 'too late',
  stopped: 'the proxy was stopped',
}

function queueState({ isPaused, pausedBy, catchingUp, active }: QueueStatus): string {
  if (isPaused) return pausedBy === 'us' ? 'paused by this program' : 'paused by an admin'
  if (catchingUp) return 'looks for what is missing'
  return active > 0 ? 'at work' : 'running'
}

/** `Smart Search: at work, 1,240 left, 68 a minute, 18 min to go` */
function queueLine(task: GuardedTask, queue: QueueStatus, progress: Progress | undefined): string {
  const { ratePerMinute = 0, etaSeconds = null } = progress?.[task] ?? {}
  const parts = [queueState(queue), `${queue.remaining.toLocaleString('en')} left`]
  if (ratePerMinute > 0) parts.push(`${Math.round(ratePerMinute)} a minute`)
  if (etaSeconds !== null) parts.push(`${span(etaSeconds)} to go`)
  return `${QUEUE_TITLES[task]}: ${parts.join(', ')}`
}

function lossLine(task: GuardedTask, { count: images, byReason, triedInVain }: TaskLosses): string {
  const reasons = Object.entries(byReason).map(
    ([reason, number]) => `${LOSS_REASONS[reason as LossReason]} ${number}`,
  )
  const vain = triedInVain ? '; looked for once in vain' : ''
  return `${QUEUE_TITLES[task]}: ${count(images, 'image')} lost (${reasons.join(', ')})${vain}`
}

export const words = {
  wake: {
    summary: 'Wake it when it sleeps',
    intro:
      'The first photo that needs it wakes its computer (Wake-on-LAN) and waits for it. Wake-on-LAN must be on in that computer’s firmware and for its network card.',
    mac: 'MAC address',
    macPlaceholder: 'aa:bb:cc:dd:ee:ff',
    macHint: 'Of its network card; empty: it is not woken.',
    broadcast: 'Broadcast address',
    broadcastPlaceholder: 'each own network',
    broadcastHint: 'For example 192.168.1.255, where this computer has several networks.',
    text: 'A search wakes it, too, and waits for up to 30 s',
    now: 'Wake now',
    saveFirst: 'Save first.',
    /** Beside the button; what is wrong with waking follows the state in the reason. */
    state: ({ availability, reason }: Pick<BackendState, 'availability' | 'reason'>): string => {
      if (availability === 'serving') return 'It answers.'
      if (availability !== 'waking') return `It does not answer: ${reason}.`
      const problem = reason.replace(/^waking(?:; )?/, '')
      return problem === '' ? 'It is being woken…' : `It is being woken; ${problem}.`
    },
  },
  hold: {
    title: 'While nobody answers',
    grace: 'Wait for a backend to come back (seconds)',
    graceHint: 'A photo waits so long when all backends that may answer it are down. A search fails at once.',
    beyond: 'Go on waiting (minutes)',
    beyondHint:
      'Where “If they are away” says wait: longer than the 4½ minutes after which Immich is told of an error. It is told then that an answer comes. So it tries none of its other URLs, and a photo that is not answered in the end is lost.',
  },
  immich: {
    title: 'Immich',
    intro:
      'Immich does not repeat a job that failed. With an admin’s key its queues wait while no backend is there, and what was lost is looked for again.',
    url: 'Where Immich is',
    urlHint: 'Of Immich itself, as this computer reaches it.',
    urlPlaceholder: 'http://nas:2283',
    key: 'API key of an admin',
    keyHint: 'In Immich: Account Settings → API Keys. It is shown to nobody, and sent to this URL alone.',
    guard: 'Queue guard',
    guardOf: (mode: GuardMode): string => GUARDS[mode],
    catchUp: 'Have Immich look for what was lost, by itself',
    version: (version: string): string => `Immich ${version}`,
    lacks: (permissions: readonly string[]): string => `The key lacks ${permissions.join(', ')}.`,
    queues: 'Immich’s queues',
    lost: 'Lost images',
    seen: 'Seen: count from zero again',
    others: (lines: readonly string[]): string => `Of other programs: ${lines.join('; ')}`,
    byHand: `To have them done: in Immich, Administration → Jobs, press Missing at ${Object.values(QUEUE_TITLES).join(', at ')}.`,
    missing: 'Run missing now',
    pause: 'Pause the queues',
    resume: 'Resume the queues',
    /** A line for each queue that Immich has. */
    queueLines: ({ queues }: ImmichStatus, progress: Progress | undefined): string[] =>
      GUARDED_TASKS.flatMap((task) => {
        const queue = queues[QUEUE_OF_TASK[task]]
        return queue === undefined ? [] : [queueLine(task, queue, progress)]
      }),
    /** A line for each task of which images were lost. */
    lossLines: (losses: ImmichStatus['losses']): string[] =>
      GUARDED_TASKS.filter((task) => losses[task].count > 0).map((task) => lossLine(task, losses[task])),
  },
} as const
