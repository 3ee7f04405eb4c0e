/** Sleep: none while predictions run, and a fresh look at the backends after it. */
import { powerMonitor, powerSaveBlocker } from 'electron'
import { WORK_POLL_MS } from '../limits.ts'
import type { Service } from '../../app/service.ts'
import { StayAwake } from './stay-awake.ts'

/** Follows sleep and work. Returns the way to stop. */
export function followPower(service: Service): () => void {
  const { log, store } = service
  const awake = new StayAwake({
    work: () => service.work,
    enabled: () => store.config.app?.preventSleep ?? true,
    block: () => {
      const id = powerSaveBlocker.start('prevent-app-suspension')
      return () => powerSaveBlocker.stop(id)
    },
  })
  const timer = setInterval(awake.check, WORK_POLL_MS)
  powerMonitor.on('suspend', () => log.info('the computer goes to sleep'))
  powerMonitor.on('resume', () => {
    log.info('the computer is awake again; all backends are checked')
    void service.resume()
  })
  return () => {
    clearInterval(timer)
    awake.release()
  }
}
