/** The settings of waking and of Immich while they are edited. What the forms do not show is kept. Pure. */
import type { BackendConfig, ImmichConfig } from '../../src-shared/config/schema.ts'
import type { GuardMode } from '../../src-shared/immich.ts'

export interface DraftWake {
  /** Empty: it is not woken. */
  mac: string
  broadcast: string
  onText: boolean
}

/** Without URL and key there is none. */
export interface DraftImmich {
  url: string
  /** The mask where a key is stored. */
  apiKey: string
  guard: GuardMode
  catchUp: boolean
}

type Wake = BackendConfig['wake']

/** A setting is written where it is not what an absent one means, or was written before. */
export const written = <T>(value: T, whenAbsent: T, before: T | undefined): T | undefined =>
  value === whenAbsent && before === undefined ? undefined : value

function overlay(before: object | undefined, fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries({ ...before, ...fields }).filter(([, value]) => value !== undefined),
  )
}

const wakesOnText = (wake: Wake): boolean => wake?.on?.includes('text') === true

export function draftWake(wake: Wake): DraftWake {
  return { mac: wake?.mac ?? '', broadcast: wake?.broadcast ?? '', onText: wakesOnText(wake) }
}

export function wakeOf({ mac, broadcast, onText }: DraftWake, before: Wake): object | undefined {
  if (mac.trim() === '' && broadcast.trim() === '') return undefined
  const on = onText ? ['image', 'text'] : undefined
  return overlay(before, {
    mac: mac.trim(),
    broadcast: broadcast.trim() === '' ? undefined : broadcast.trim(),
    on: onText === wakesOnText(before) ? before?.on : on,
  })
}

/** Where no Immich is set up the form offers *observe*: the first step once a key is entered. */
export function draftImmich(immich: ImmichConfig | undefined): DraftImmich {
  const { url = '', apiKey = '', guard = 'off', catchUp = true } = immich ?? { guard: 'observe' }
  return { url, apiKey, guard, catchUp }
}

export function immichOf(draft: DraftImmich, before: ImmichConfig | undefined): object | undefined {
  const [url, apiKey] = [draft.url.trim(), draft.apiKey.trim()]
  if (url === '' && apiKey === '') return undefined
  return overlay(before, {
    url,
    apiKey: apiKey === '' ? undefined : apiKey,
    guard: written(draft.guard, 'off', before?.guard),
    catchUp: written(draft.catchUp, true, before?.catchUp),
  })
}
