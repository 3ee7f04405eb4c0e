import type { HealthStatus } from '../../src-shared/api.ts'
import { useConfigDraft } from './useConfigDraft.ts'
import { useLive } from './useLive.ts'

/** The health of a backend of the draft; unknown if it is not saved yet. */
export function useHealthOf(): (name: string) => HealthStatus {
  const { backends, connection } = useLive()
  const { draft } = useConfigDraft()
  return (name) => {
    if (connection.value === 'lost') return 'unknown'
    const stored = draft.value?.backends.find((backend) => backend.name.trim() === name)?.origin?.name
    return (stored === undefined ? undefined : backends.value[stored]?.status) ?? 'unknown'
  }
}
