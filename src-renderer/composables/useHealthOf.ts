import type { HealthStatus } from '../../src-shared/api.ts'
import { isAsked } from '../../src-shared/routing/overall.ts'
import { useConfigDraft } from './useConfigDraft.ts'
import { useLive } from './useLive.ts'

/** The health of a backend of the draft: unhealthy too where it is not asked; unknown if it is not saved yet. */
export function useHealthOf(): (name: string) => HealthStatus {
  const { backends, connection } = useLive()
  const { draft } = useConfigDraft()
  return (name) => {
    if (connection.value === 'lost') return 'unknown'
    const stored = draft.value?.backends.find((backend) => backend.name.trim() === name)?.origin?.name
    const state = stored === undefined ? undefined : backends.value[stored]
    if (state === undefined) return 'unknown'
    // Paused, or with a container that is stopped, it answers nobody.
    return isAsked(state.availability) ? state.status : 'unhealthy'
  }
}
