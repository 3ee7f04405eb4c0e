/** RESULTS.md, which two benchmarks write a part of each. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** The heading at which the second part begins. */
const SECOND = '\n## Sharing\n'

/** Writes the first part, the relay's, and leaves the second as it is. */
export function writeFirstPart(file: string, text: string): void {
  const [, second] = parts(file)
  writeFileSync(file, second === undefined ? text : `${text.trimEnd()}\n${SECOND}${second}`)
}

/** Writes the second part, from its heading on, and leaves the first as it is. */
export function writeSecondPart(file: string, text: string): void {
  const [first = '# Results\n'] = parts(file)
  writeFileSync(file, `${first.trimEnd()}\n\n${text}`)
}

function parts(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split(SECOND) : []
}
