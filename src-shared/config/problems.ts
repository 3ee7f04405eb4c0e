/** What is wrong with a configuration, by field: gathered with limits, and as sentences. Pure, browser-safe. */
import { MAX_PROBLEM_CHARS, MAX_QUOTED_CHARS, MAX_TOLD_PROBLEMS } from '../limits.ts'

export type Path = readonly (string | number)[]

/** One thing that is wrong with a configuration: where, and what to do, as the end of a sentence. */
export interface ConfigProblem {
  readonly path: Path
  readonly message: string
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}…` : text)

/** A name as a message repeats it. A client chooses its length. */
export function quoted(name: string): string {
  return `"${cut(name, MAX_QUOTED_CHARS)}"`
}

/** Gathers problems. Beyond {@link MAX_TOLD_PROBLEMS} it only counts, so that thousands cost nothing. */
export class Problems {
  readonly #first: ConfigProblem[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  add(path: Path, message: string): void {
    this.#count++
    if (this.#first.length >= MAX_TOLD_PROBLEMS) return
    this.#first.push({
      path: path.map((part) => (typeof part === 'string' ? cut(part, MAX_QUOTED_CHARS) : part)),
      message: cut(message, MAX_PROBLEM_CHARS),
    })
  }

  /** At most {@link MAX_TOLD_PROBLEMS}; where there are more, the last one says how many. */
  get list(): ConfigProblem[] {
    const more = this.#count - MAX_TOLD_PROBLEMS
    if (more <= 0) return [...this.#first]
    const last = { path: [], message: `has ${more + 1} more problems` }
    return [...this.#first.slice(0, MAX_TOLD_PROBLEMS - 1), last]
  }
}

/** A path as a text: `["backends", 1, "url"]` becomes `backends[1].url`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? part : `${text}.${part}`
  }, '')
}

/** A problem as a sentence that begins with its field. */
export function problemText({ path, message }: ConfigProblem): string {
  return `${path.length === 0 ? 'the configuration' : pathText(path)} ${message}`
}

/** All problems in one sentence that names each field. */
export function problemsText(problems: readonly ConfigProblem[]): string {
  return problems.map(problemText).join('; ')
}
