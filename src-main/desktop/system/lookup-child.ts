/** The process for lookups of host names, as Electron starts it: its packages cannot run themselves as Node. */
import { utilityProcess } from 'electron'
import {
  LOOKUP_PROCESS_FILE,
  lookupEnvironment,
  type LookupAnswer,
  type LookupChild,
} from '../../backends/lookup-child.ts'

/**
 * Starts it. It ends with the app.
 * @throws {Error} before Electron is ready
 */
export function forkUtilityLookupChild(): LookupChild {
  const child = utilityProcess.fork(LOOKUP_PROCESS_FILE, [], {
    serviceName: 'Host names',
    env: lookupEnvironment(),
    stdio: 'ignore',
  })
  let tellEnd: (reason: string) => void = () => undefined
  // An error of V8 is followed by its end.
  child.on('error', (type) => tellEnd(type))
  child.on('exit', (code) => tellEnd(`it ended with code ${code}`))
  return {
    send: (question) => child.postMessage(question),
    onAnswer: (listener) => void child.on('message', (answer: LookupAnswer) => listener(answer)),
    onEnd: (listener) => {
      tellEnd = listener
    },
    end: () => void child.kill(),
  }
}
