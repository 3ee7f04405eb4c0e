/** The backends that a picture can be tried on, with the values of their forms. Pure. */
import type { TryTarget } from '../composables/useTry.ts'
import { backendConfig, type Draft } from './draft.ts'

/** Those that have a URL. One without a name is called by its URL. */
export function targetsOf(draft: Draft): TryTarget[] {
  return draft.backends.flatMap((backend): TryTarget[] => {
    const { name, ...rest } = backendConfig(backend)
    if (rest.url === '') return []
    // Without a name the headers of a stored backend of the same URL are used.
    const values = name === '' ? rest : { name, ...rest }
    return [{ name: name === '' ? rest.url : name, values, isSaved: backend.origin !== undefined }]
  })
}
