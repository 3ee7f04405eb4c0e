/** Remembers the `Host` headers of recent requests. They show whether Immich's settings lead to this program. */
import { HOST_SEEN_MS, MAX_HOSTS } from './limits.ts'

/** A host and port as they are compared: lower case, without the port that a scheme has by itself. */
export function comparableHost(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/\.(?=:|$)/, '')
    .replace(/:(?:80|443)$/, '')
}

/** The `Host` that a request to a URL has, as {@link comparableHost}; undefined for no http URL. */
export function hostOf(url: string): string | undefined {
  const text = url.trim()
  if (!URL.canParse(text)) return undefined
  const { protocol, host } = new URL(text)
  return protocol === 'http:' || protocol === 'https:' ? comparableHost(host) : undefined
}

/** Owns the `Host` headers that came lately, at most MAX_HOSTS of them. */
export class RecentHosts {
  /** When each host was seen last, on the given clock; the oldest first. */
  readonly #seen = new Map<string, number>()
  #last = ''
  #lastAt = -Infinity

  /**
   * Takes in a request. Nearly all have the same host, which costs one comparison.
   * @param host its `Host` header
   * @param now milliseconds of a clock that never goes back
   * @param isNamed whether Immich's settings name a host: it is not forgotten for others, which any client can send
   */
  see(host: string | undefined, now: number, isNamed: (name: string) => boolean = () => false): void {
    if (host === undefined) return
    if (host === this.#last && now - this.#lastAt < 1_000) return
    this.#last = host
    this.#lastAt = now
    const name = comparableHost(host)
    this.#seen.delete(name)
    this.#seen.set(name, now)
    if (this.#seen.size <= MAX_HOSTS) return
    const names = [...this.#seen.keys()]
    const oldest = names.find((one) => !isNamed(one)) ?? names[0]
    if (oldest !== undefined) this.#seen.delete(oldest)
  }

  /** Whether a request came under a name ({@link comparableHost}) lately. */
  has(name: string, now: number): boolean {
    const at = this.#seen.get(name)
    return at !== undefined && now - at <= HOST_SEEN_MS
  }
}
