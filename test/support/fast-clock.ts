/** A clock that runs faster than the real one, for rules of seconds and minutes over real connections. */
import { systemClock, type Clock } from '../../src-main/platform/clock.ts'

/** @param factor how many times as fast */
export function fastClock(factor: number): Clock {
  const start = systemClock.wall()
  const startMono = systemClock.mono()
  const passed = (): number => (systemClock.mono() - startMono) * factor
  return {
    wall: () => start + passed(),
    mono: passed,
    after: (ms, callback) => systemClock.after(ms / factor, callback),
  }
}
