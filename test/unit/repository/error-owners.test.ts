/**
 * Nothing that can emit an error is without an owner of its errors: without a listener an error ends the program. What makes
 * such a thing is found by its call; the file must listen for errors, or say here who does.
 */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../../support/program.ts'

const SOURCES = path.join(projectRoot, 'src-main')

/** Calls that make something that emits errors. */
const MAKERS =
  /(?<![.#])\b(?:createServer|createConnection|connect(?:Tcp|Tls)?|createSocket|spawn|fork|exec(?:File)?|watch|createReadStream|createWriteStream|request)\(|\bnew (?:Worker|Socket|Agent|WebSocket|EventSource)\(|\.pipe\(/
const LISTENS = /\.(?:on|once)\(\s*'error'|\bpipeline\(/

/** Files that make one and do not listen themselves: who owns its errors. */
const OWNERS: Readonly<Record<string, string>> = {
  'app/compose.ts': '`connect` is a function of its own that makes none',
}

/** Writers to streams, by folder or file: who owns the errors of what they write to. */
const WRITERS: Readonly<Record<string, string>> = {
  'http/': 'listener/connections.ts listens to each response',
  'listener/connection-limit.ts': 'listens itself',
  'settings/lock-socket.ts': 'listens itself',
  'backends/probe.ts': 'backends/connector.ts listens to each socket for its whole life',
  'platform/log-output.ts': 'ownStandardStreams()',
  'app/headless.ts': 'ownStandardStreams() in cli.ts and main.ts',
  'app/healthcheck.ts': 'ownStandardStreams(), and the request listens',
  'desktop/lifecycle/command-line.ts': 'ownStandardStreams() in main.ts',
  'desktop/lifecycle/headless.ts': 'ownStandardStreams() in main.ts',
  'cli.ts': 'ownStandardStreams()',
  'main.ts': 'ownStandardStreams()',
}
const WRITES = /\b(?:response|socket|stream|stdout|stderr|tcp|tls|stdin|asked)\)?\??\.(?:write|end)\(/

/** The code of each file, without its comments. */
const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => {
    const text = readFileSync(path.join(SOURCES, name), 'utf8')
    return {
      name: name.replaceAll('\\', '/'),
      code: text.replaceAll(/\/\*[^]*?\*\/|\/\/.*|^import[^]*?from '.*'$/gm, ''),
    }
  })

test('whatever makes something that emits errors listens for them', () => {
  const makers = files.filter(({ code }) => MAKERS.test(code))
  expect(makers.length).toBeGreaterThan(10)
  expect(
    makers
      .filter(({ name, code }) => !LISTENS.test(code) && OWNERS[name] === undefined)
      .map(({ name }) => name),
  ).toEqual([])
})

test('whatever writes to a stream is known, with the owner of the stream’s errors', () => {
  const writers = files.filter(({ code }) => WRITES.test(code))
  const known = Object.keys(WRITERS)
  expect(writers.length).toBeGreaterThan(8)
  expect(
    writers.filter(({ name }) => !known.some((one) => name.startsWith(one))).map(({ name }) => name),
  ).toEqual([])
  // Nor does the list name what writes no more.
  expect(known.filter((one) => !writers.some(({ name }) => name.startsWith(one)))).toEqual([])
})

test('no part of our own emits `error`: it has names of its own for what can go wrong', () => {
  expect(files.filter(({ code }) => /emit\(\s*'error'/.test(code)).map(({ name }) => name)).toEqual([])
})
