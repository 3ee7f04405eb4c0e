/** Sums up a CPU profile of V8 by function and by file. Pure. */

interface CallFrame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: CallFrame
}

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** The node that ran at each sample. */
  readonly samples: readonly number[]
  /** Microseconds between the samples. */
  readonly timeDeltas: readonly number[]
}

export interface SelfTime {
  readonly name: string
  readonly where: string
  readonly ms: number
  /** Share of the time in which anything ran, 0 to 1. */
  readonly share: number
}

export interface Summary {
  readonly busyMs: number
  readonly idleMs: number
  readonly functions: readonly SelfTime[]
  readonly files: readonly SelfTime[]
}

/** A file as it is known in the project: `dist/src-main/…`, `node_modules/…` or `node:…`. */
function shortUrl(url: string): string {
  const known = /(?:dist\/src-main|node_modules|bench)\/.*$/.exec(url)
  return known?.[0] ?? url
}

function summed(groups: ReadonlyMap<string, { name: string; where: string; us: number }>, busyUs: number) {
  return [...groups.values()]
    .sort((a, b) => b.us - a.us)
    .map(({ name, where, us }) => ({ name, where, ms: us / 1_000, share: us / busyUs }))
}

/** Self time, most first. */
export function summarise(profile: CpuProfile): Summary {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const functions = new Map<string, { name: string; where: string; us: number }>()
  const files = new Map<string, { name: string; where: string; us: number }>()
  let idleUs = 0
  let busyUs = 0
  profile.samples.forEach((id, index) => {
    const frame = frames.get(id)
    // A delta is the time before its sample: what ran at a sample ran until the next one.
    const us = profile.timeDeltas[index + 1] ?? 0
    if (frame === undefined) return
    if (frame.functionName === '(idle)') {
      idleUs += us
      return
    }
    busyUs += us
    const file = shortUrl(frame.url)
    const name = frame.functionName === '' ? '(anonymous)' : frame.functionName
    const where = file === '' ? '' : `${file}:${frame.lineNumber + 1}`
    const add = (groups: typeof functions, key: string, group: { name: string; where: string }): void => {
      const before = groups.get(key)
      groups.set(key, { ...group, us: (before?.us ?? 0) + us })
    }
    add(functions, `${name} ${where}`, { name, where })
    // Native functions have no file: they stand for themselves.
    add(files, file === '' ? name : file, { name: file === '' ? name : file, where: '' })
  })
  return {
    busyMs: busyUs / 1_000,
    idleMs: idleUs / 1_000,
    functions: summed(functions, busyUs),
    files: summed(files, busyUs),
  }
}
