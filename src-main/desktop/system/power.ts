/**
 * Sleep of the computer: prevented while predictions run, and all backends are checked after it. What the system says of
 * its battery and of the last input, for the rules by which backends are paused.
 */
import { powerMonitor, powerSaveBlocker } from 'electron'
import type { Desktop } from '../desktop.ts'
import { runSafely } from '../lifecycle/run-safely.ts'
import { WORK_POLL_MS } from '../limits.ts'
import { SleepPrevention } from './sleep-prevention.ts'

export function setupPower({ service, cleanup }: Desktop): void {
  const { log, store } = service
  const prevention = new SleepPrevention({
    work: () => service.work,
    enabled: () => store.config.app?.preventSleep ?? true,
    block: () => {
      const id = powerSaveBlocker.start('prevent-app-suspension')
      return () => powerSaveBlocker.stop(id)
    },
  })
  service.courtesy.attach({
    isOnBattery: () => powerMonitor.isOnBatteryPower(),
    idleSeconds: () => powerMonitor.getSystemIdleTime(),
  })
  const timer = setInterval(prevention.check, WORK_POLL_MS)
  const onSuspend = (): void => {
    log.info('the computer goes to sleep')
    // Immich's queues wait meanwhile, where the guard may pause them: best effort, as no system waits for this.
    runSafely(log, 'pausing Immich’s queues', () => service.immich.suspend('suspend'))
  }
  powerMonitor.on('suspend', onSuspend)
  powerMonitor.on('resume', () => {
    log.info('the computer is awake again; checking all backends')
    void service.resume()
  })
  cleanup.add(() => {
    clearInterval(timer)
    powerMonitor.off('suspend', onSuspend)
    prevention.release()
  })
}
