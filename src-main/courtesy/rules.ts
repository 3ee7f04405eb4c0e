/**
 * Translates the rules of the configuration: what a look has to find out, and which of its signs concern a backend.
 * Pure.
 */
import type { BackendConfig } from '../../src-shared/config/schema.ts'
import { parseSchedule } from '../../src-shared/schedule.ts'
import type { Rules, SignName } from './pause-types.ts'
import type { Needs, Probed, Sightings } from './probes/look.ts'

/** The rules of a backend; none unless set. */
export function rulesOf({ yield: set = {}, manage }: BackendConfig): Rules {
  return {
    schedule: parseSchedule(set.schedule ?? []),
    programs: set.programs ?? [],
    games: set.games ?? false,
    onBattery: set.onBattery ?? false,
    idleSeconds: set.idleSeconds ?? 0,
    // A container that is stopped for a pause cannot answer searches.
    keepSearch: set.keepSearch ?? manage === undefined,
  }
}

/** What one look has to find out for all backends; undefined where no rule needs one. */
export function needsOf(all: readonly Rules[]): Needs | undefined {
  const needs = {
    games: all.some(({ games }) => games),
    programs: [...new Set(all.flatMap(({ programs }) => programs))],
    battery: all.some(({ onBattery }) => onBattery),
    idle: all.some(({ idleSeconds }) => idleSeconds > 0),
  }
  return needs.games || needs.programs.length > 0 || needs.battery || needs.idle ? needs : undefined
}

/** The signs of a look that the rules of a backend are about. */
export function signsOf(rules: Rules, sightings: Sightings): SignName[] {
  const running = rules.programs.filter((name) => sightings.programs.includes(name))
  return [
    ...(rules.games && sightings.game ? (['game'] as const) : []),
    ...running.map((name): SignName => `program:${name}`),
    ...(rules.onBattery && sightings.onBattery ? (['battery'] as const) : []),
    ...(sightings.idleSeconds < rules.idleSeconds ? (['input'] as const) : []),
  ]
}

/** Which of the problems of a look concern the rules of a backend, as sentences. */
export function problemsOf(rules: Rules, { problems }: Pick<Sightings, 'problems'>): string[] {
  const asked: Record<Probed, boolean> = {
    games: rules.games,
    programs: rules.programs.length > 0,
    onBattery: rules.onBattery,
    idleSeconds: rules.idleSeconds > 0,
  }
  return Object.entries(problems)
    .filter(([what]) => asked[what as Probed])
    .map(([, text]) => text)
}
