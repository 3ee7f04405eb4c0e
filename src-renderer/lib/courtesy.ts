/** The fields of a backend that pause it and manage its container, as the form has them, and its state in words. Pure. */
import type { BackendConfig, ManageConfig, YieldConfig } from '../../src-shared/config/schema.ts'
import type { ContainerState, OfferedContainer } from '../../src-shared/pause.ts'

export interface DraftCourtesy {
  games: boolean
  /** One name a line. */
  programs: string
  /** One window a line. */
  schedule: string
  onBattery: boolean
  idleSeconds: number | undefined
  /** Undefined: true without a container, false with one. */
  keepSearch: boolean | undefined
  /** Empty where no container is managed. */
  container: string
  stopAfterMinutes: number | undefined
}

const linesOf = (text: string): string[] =>
  text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')

export function draftCourtesy({ yield: set = {}, manage }: Partial<BackendConfig>): DraftCourtesy {
  return {
    games: set.games ?? false,
    programs: (set.programs ?? []).join('\n'),
    schedule: (set.schedule ?? []).join('\n'),
    onBattery: set.onBattery ?? false,
    idleSeconds: set.idleSeconds,
    keepSearch: set.keepSearch,
    container: manage?.container ?? '',
    stopAfterMinutes: manage?.stopAfterMinutes,
  }
}

/** A list as it was written where it says the same, and none where there was none. */
function writtenList(text: string, before: string[] | undefined): string[] | undefined {
  const list = linesOf(text)
  return list.length === 0 && before === undefined ? undefined : list
}

const writtenFlag = (is: boolean, before: boolean | undefined): boolean | undefined =>
  is || before !== undefined ? is : undefined

function withoutUndefined(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** Fields that the form does not know stay. */
export function yieldOf(draft: DraftCourtesy, before: YieldConfig | undefined): YieldConfig | undefined {
  const { games, programs, schedule, onBattery, idleSeconds, keepSearch } = draft
  const written = withoutUndefined({
    ...before,
    games: writtenFlag(games, before?.games),
    programs: writtenList(programs, before?.programs),
    schedule: writtenList(schedule, before?.schedule),
    onBattery: writtenFlag(onBattery, before?.onBattery),
    idleSeconds,
    keepSearch,
  })
  return before === undefined && Object.keys(written).length === 0 ? undefined : written
}

export function manageOf(
  { container, stopAfterMinutes }: DraftCourtesy,
  before?: ManageConfig,
): ManageConfig | undefined {
  const name = container.trim()
  if (name === '') return undefined
  return withoutUndefined({ ...before, container: name, stopAfterMinutes }) as ManageConfig
}

const WORDS: Readonly<Record<ContainerState['state'], string>> = {
  unknown: 'not known yet',
  stopped: 'stopped; a request starts it',
  starting: 'starting',
  healthy: 'running',
  stopping: 'stopping',
}

/** The tag of an image: "release-cuda". */
export function tagOf(image: string): string {
  const name = image.split('@')[0]?.split('/').at(-1) ?? ''
  return name.split(':')[1] ?? ''
}

/** "Container: running · release-cuda". */
export function containerText({ state, image }: ContainerState): string {
  const tag = tagOf(image)
  return `Container: ${WORDS[state]}${tag === '' ? '' : ` · ${tag}`}`
}

/** "immich_machine_learning (release-cuda, running)". */
export function offerText({ name, image, state }: OfferedContainer): string {
  return `${name} (${[tagOf(image), state].filter((part) => part !== '').join(', ')})`
}
