/** Reads the text of `config.json`. Pure. */
import { readConfig, type ConfigReading } from '../../src-shared/config/reading.ts'
import { isPlain } from '../../src-shared/config/schema-shape.ts'
import { errorText } from '../platform/errors.ts'
import { rescue } from './rescue.ts'

export type Parsed =
  | { readonly isJson: true; readonly reading: ConfigReading }
  | { readonly isJson: false; readonly reason: string }

/**
 * Where a text stops being JSON, by line and column. The parser's message is not used: it quotes the text, secrets
 * too.
 */
function jsonPosition(text: string, error: unknown): string {
  const at = /at position (\d+)/.exec(errorText(error))?.[1]
  if (at === undefined) return ''
  const before = text.slice(0, Number(at)).split('\n')
  return ` (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`
}

/** Parses the text of the file. Never throws; what it tells names fields and never their secrets. */
export function parseConfig(text: string): Parsed {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { isJson: false, reason: `it is not JSON${jsonPosition(text, error)}` }
  }
  const reading = readConfig(value)
  // JSON of another kind, as a configuration in a list: what it says of the password holds all the same.
  return { isJson: true, reading: isPlain(value) ? reading : { ...reading, config: rescue(text) } }
}
