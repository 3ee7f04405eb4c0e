/**
 * Runs in a network namespace of its own: starts a proxy there and calls it from other addresses. Reads a plan as
 * JSON from its first argument and prints the answers as JSON.
 */
import { execFileSync } from 'node:child_process'
import type { CallAnswer, CallOptions } from './http.ts'
import { call } from './http.ts'
import { startProxy } from './proxy.ts'

export interface Plan {
  /** Addresses with their prefix, as `ip addr add` takes them. */
  addresses: string[]
  /** Interfaces to be made, with their addresses in the same form. */
  links?: Readonly<Record<string, readonly string[]>>
  /** The address the proxy listens on; its default where it is absent. */
  host?: string
  steps: Step[]
}

export type Step =
  /** Saved from loopback. */
  { config: object } | { from: string; to: string; path: string; options?: CallOptions }

const plan = JSON.parse(process.argv[2] ?? '') as Plan
const ip = (...args: string[]): Buffer => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] })

ip('link', 'set', 'lo', 'up')
function addAddress(address: string, device: string): void {
  const nodad = address.includes(':') ? ['nodad'] : []
  ip('addr', 'add', address, 'dev', device, ...nodad)
}

for (const address of plan.addresses) addAddress(address, 'lo')
for (const [name, addresses] of Object.entries(plan.links ?? {})) {
  const peer = `${name}-peer`
  ip('link', 'add', name, 'type', 'veth', 'peer', 'name', peer)
  for (const one of [name, peer]) ip('link', 'set', one, 'up')
  for (const address of addresses) addAddress(address, name)
}
const proxy = await startProxy({ host: plan.host })
const port = proxy.service.address?.port ?? 0
const answers: CallAnswer[] = []
for (const step of plan.steps) {
  if ('config' in step) {
    const to =
      proxy.service.address?.host.includes(':') === true ? `http://[::1]:${port}` : `http://127.0.0.1:${port}`
    answers.push(await call(to, '/api/config', { method: 'POST', body: step.config }))
  } else {
    const to = `http://${step.to.includes(':') ? `[${step.to}]` : step.to}:${port}`
    answers.push(await call(to, step.path, { ...step.options, localAddress: step.from }))
  }
}
await proxy.stop()
process.stdout.write(JSON.stringify(answers))
