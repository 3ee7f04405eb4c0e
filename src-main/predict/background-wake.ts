/** Wakes or starts a backend that is better for images, while another one serves them. */
import type { BackendAvailability } from '../backends/availability.ts'
import type { Backend, Snapshot } from '../backends/backend.ts'
import { preferredTo, wakesSooner, type WorkSpeed } from '../../src-shared/routing/preferred.ts'
import type { BackendSlots } from './backend-slots.ts'
import type { DispatchToSend } from './candidate-finder.ts'

export interface BackgroundWakeOptions {
  readonly availability: Pick<BackendAvailability, 'canWake' | 'need' | 'comesForImages' | 'wakeMs'>
  readonly slots: Pick<BackendSlots, 'useOf'>
  /** Images of these tasks that Immich still has in its queues; 0 where that is not known. */
  readonly remaining?: ((tasks: readonly string[]) => number) | undefined
}

export class BackgroundWake {
  readonly #options: BackgroundWakeOptions

  constructor(options: BackgroundWakeOptions) {
    this.#options = options
  }

  /**
   * To be called for an image that is sent.
   * @param asked the backend that the image is sent to
   */
  look(asked: Backend, wanted: DispatchToSend, snapshot: Snapshot): void {
    const { availability } = this.#options
    if (!availability.canWake) return
    const { always, ifSooner } = preferredTo(asked.name, wanted.tiers)
    for (const name of always) this.#wake(snapshot.get(name))
    for (const name of ifSooner) {
      const backend = snapshot.get(name)
      if (backend !== undefined && this.#isSooner(backend, asked, wanted)) this.#wake(backend)
    }
  }

  #wake(backend: Backend | undefined): void {
    if (backend !== undefined) this.#options.availability.need(backend, 'image')
  }

  #isSooner(sleeping: Backend, asked: Backend, wanted: DispatchToSend): boolean {
    const { availability, slots, remaining } = this.#options
    if (!availability.comesForImages(sleeping)) return false
    const serving = this.#speedOf(asked, wanted)
    if (serving === undefined) return false
    const waiting = slots.useOf(asked).waiting + (remaining?.(wanted.tasks) ?? 0)
    return wakesSooner(waiting, serving, this.#speedOf(sleeping, wanted), availability.wakeMs(sleeping))
  }

  #speedOf(backend: Backend, { work }: DispatchToSend): WorkSpeed | undefined {
    const { answerMs, slots } = this.#options.slots.useOf(backend)
    const ms = answerMs[work]
    return ms === undefined ? undefined : { answerMs: ms, slots }
  }
}
