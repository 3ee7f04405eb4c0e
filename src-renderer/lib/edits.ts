/** Edits of a draft that change more than one field. */
import { draftBackend, poolOf, type Draft, type DraftBackend } from './draft.ts'
import { routesNaming } from './routing.ts'

/** Adds a backend; the first one becomes the default. */
export function addBackend(
  draft: Draft,
  values: Partial<Pick<DraftBackend, 'name' | 'url'>> = {},
): DraftBackend {
  const backend = { ...draftBackend(), ...values }
  draft.backends.push(backend)
  if (poolOf(draft, draft.defaultPool).length === 0) draft.defaultPool = [backend.id]
  return backend
}

export function moveBackend(draft: Draft, index: number, step: -1 | 1): void {
  const [backend] = draft.backends.splice(index, 1)
  if (backend !== undefined) draft.backends.splice(index + step, 0, backend)
}

/** The data to undo a removal. */
export interface Removal {
  readonly backend: DraftBackend
  readonly index: number
  /** The titles of the routes that named it. */
  readonly routes: readonly string[]
  readonly defaultPool: readonly string[]
  /** The new default, if it had to change. */
  readonly defaultAfter: readonly string[]
}

/** Removes a backend. Routes keep its id, which is ignored now. If the default is empty, the first backend becomes it. */
export function removeBackend(draft: Draft, index: number): Removal {
  const backend = draft.backends[index]
  if (backend === undefined) throw new Error(`There is no backend ${index}`)
  const routes = routesNaming(backend.id, draft)
  const { defaultPool } = draft
  draft.backends.splice(index, 1)
  const [first] = draft.backends
  if (first !== undefined && poolOf(draft, defaultPool).length === 0) draft.defaultPool = [first.id]
  return { backend, index, routes, defaultPool, defaultAfter: draft.defaultPool }
}

export function undoRemoval(draft: Draft, removal: Removal): void {
  draft.backends.splice(removal.index, 0, removal.backend)
  if (draft.defaultPool.join() === removal.defaultAfter.join()) draft.defaultPool = [...removal.defaultPool]
}
