/** The tool `ip` of the namespace that a scenario runs in. */
import { execFileSync } from 'node:child_process'

/** @param words the arguments, separated by spaces */
export function ip(words: string): void {
  execFileSync('ip', words.split(' '), { stdio: ['ignore', 'pipe', 'pipe'] })
}
