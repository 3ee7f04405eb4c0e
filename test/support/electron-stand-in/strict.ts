/** What all parts of the stand-in share: it refuses what Electron would refuse, or what would silently fail there. */
import { EventEmitter } from 'node:events'

/** A use of Electron that is wrong. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}

/** The wrong uses since the last reset: the app may catch the error and go on. */
export const wrongUses: string[] = []

/** Refuses what the app does. */
export function refuse(message: string): never {
  wrongUses.push(message)
  throw new WrongUse(message)
}

/** Fails a step of the test that is impossible; the app has done nothing wrong. */
export function impossible(message: string): never {
  throw new Error(message)
}

/** The type of an event's name; `never` where Electron's declarations do not have the event. */
type Known<Part, Name> = Part extends { on(event: Name, listener: never): unknown } ? Name : never

/** Names of events, checked against the declarations of a part of Electron. */
export function eventsOf<Part>() {
  return <const Names extends readonly string[]>(
    ...names: { [Index in keyof Names]: Known<Part, Names[Index]> }
  ): readonly string[] => names as readonly unknown[] as readonly string[]
}

/** An emitter that knows its events: a listener for a name with a typing error would never be called. */
export class StrictEmitter extends EventEmitter {
  constructor(what: string, known: readonly string[]) {
    super()
    const names = new Set(known)
    super.on('newListener', (name: string) => {
      if (name !== 'removeListener' && !names.has(name)) refuse(`${what} has no event "${name}"`)
    })
  }

  /** Removes all listeners, those of the test before. */
  forgetListeners(): void {
    for (const name of this.eventNames()) if (name !== 'newListener') this.removeAllListeners(name)
  }
}

/** An event that can be prevented, as Electron hands it to listeners. */
export class PreventableEvent {
  defaultPrevented = false

  readonly preventDefault = (): void => {
    this.defaultPrevented = true
  }
}
