/** CPU time and memory of processes, read from /proc. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** One tick of /proc/PID/stat, nanoseconds: USER_HZ is 100 on every platform that Node runs on. */
const TICK_NS = 10_000_000

/** A process and its children: the workers of nginx. */
export function withChildren(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`
  const children = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  return [pid, ...(children === '' ? [] : children.split(' ').map(Number))]
}

/** The fields of /proc/PID/stat from the third on: the name before them, in brackets, may hold spaces. */
function statFields(pid: number): number[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
}

/** User and system time so far in ticks of 10 ms. */
function ticksNs(pid: number): number {
  const fields = statFields(pid)
  return ((fields[11] ?? 0) + (fields[12] ?? 0)) * TICK_NS
}

/** Pages that the kernel had to find so far, without the disk: memory that is fresh or came back. */
export function pageFaults(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (statFields(pid)[7] ?? 0), 0)
}

/** The same to the nanosecond, where the kernel counts it: the sum over the threads. */
function schedulerNs(pid: number): number | undefined {
  let sum = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      sum += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
    } catch {
      // The thread has ended meanwhile, or this kernel does not count.
      if (!existsSync(`/proc/${pid}/schedstat`)) return undefined
    }
  }
  return sum
}

/** CPU time of some processes so far, nanoseconds. */
export function cpuNs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (schedulerNs(pid) ?? ticksNs(pid)), 0)
}

function statusKb(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
}

const KB = 1024

/** Memory in use, bytes. */
export function rss(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + statusKb(pid, 'VmRSS') * KB, 0)
}

/** The most memory in use since {@link resetPeak}, bytes. */
export function peakRss(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + statusKb(pid, 'VmHWM') * KB, 0)
}

/** Makes the kernel note the peak anew. */
export function resetPeak(pids: readonly number[]): void {
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5')
}
