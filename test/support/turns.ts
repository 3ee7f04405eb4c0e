/** Waiting beside fake timers: `expect.poll` and `vi.waitFor` would advance them with every look. */
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Waits until something holds, one turn of the event loop after the other; the runner's time-out ends it else. */
export async function turnsUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await nextTurn()
}
