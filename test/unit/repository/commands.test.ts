/** Every command and every piece of JSON or YAML in README.md and docs/ is one that works, as far as it can be told unrun. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import * as z from 'zod'
import { readEnvironment } from '../../../src-main/platform/environment.ts'
import { parseFlags } from '../../../src-main/platform/flags.ts'
import { dockerCommand, VENDORS } from '../../../src-renderer/lib/docker.ts'
import { configSchema, judge, problemsText } from '../../../src-shared/config/schema.ts'
import { parseDemoFlags } from '../../support/demo-flags.ts'
import { codeBlocks, codeSpans, commandsOf, documents, readDocument } from '../../support/documents.ts'
import { projectRoot } from '../../support/program.ts'

const PAGES = documents().filter((name) => name === 'README.md' || /^docs\/[^/]+\.md$/.test(name))
const SHELL = new Set(['sh', 'bash'])

const packageSchema = z.object({ scripts: z.record(z.string(), z.string()) })
const { scripts } = packageSchema.parse(JSON.parse(readDocument('package.json')))
const apiPaths = Object.keys(
  z.object({ paths: z.record(z.string(), z.unknown()) }).parse(parse(readDocument('docs/openapi.yaml')))
    .paths,
)

/** Files that a build makes, and what it makes them of. */
const sourceOf = (file: string): string =>
  file.startsWith('dist/') ? file.replace('dist/', '').replace(/\.js$/, '.ts') : file

const isThere = (file: string): boolean => existsSync(path.join(projectRoot, sourceOf(file)))

/** Names of files of this project in a command: with a folder, or at its root. */
const filesIn = (command: string): string[] =>
  command
    .split(/\s+/)
    .filter((word) => /^(?:docs|dist|scripts|test|src-\w+)\/|^docker-compose[\w.]*\.yml$/.test(word))

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')

/** Why a command cannot work; undefined where nothing says so. */
function problemOf(command: string): string | undefined {
  const [, script] = /^npm run ([\w:]+)/.exec(command) ?? []
  if (script !== undefined && scripts[script] === undefined) return `there is no script ${script}`
  const missing = filesIn(command).filter((file) => !isThere(file))
  if (missing.length > 0) return `${missing.join(', ')} is not there`
  const [, service] =
    /^(?:npm start --|node dist\/src-main\/cli\.js|immich-ml-proxy)( .*)?$/.exec(command) ?? []
  if (service !== undefined) parseFlags(words(service))
  const [, demo] = /^npm run demo --( .*)$/.exec(command) ?? []
  if (demo !== undefined) parseDemoFlags(words(demo))
  const [, asked] = /^curl .*?http:\/\/[\w.]+:3004(\/[\w/-]*)/.exec(command) ?? []
  if (asked !== undefined && !apiPaths.includes(asked)) return `docs/openapi.yaml has no ${asked}`
  return undefined
}

/** Throws for flags that cannot be used, too. */
const problemsOf = (commands: readonly string[]): string[] =>
  commands.flatMap((command) => {
    const problem = problemOf(command)
    return problem === undefined ? [] : [`${command}: ${problem}`]
  })

const blocksOf = (page: string, languages: ReadonlySet<string>): string[] =>
  codeBlocks(readDocument(page)).flatMap(({ language, text }) => (languages.has(language) ? [text] : []))

const hasBash = spawnSync('bash', ['--version']).error === undefined
if (!hasBash) console.warn('skipped: the shell blocks of the documents are not parsed without bash')

describe.each(PAGES)('%s', (page) => {
  const text = readDocument(page)

  test('its commands are ones that this project has', () => {
    expect(problemsOf(blocksOf(page, SHELL).flatMap(commandsOf))).toEqual([])
    expect(problemsOf(codeSpans(text))).toEqual([])
  })

  test.skipIf(!hasBash)('its shell blocks can be parsed', () => {
    for (const block of blocksOf(page, SHELL)) {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: block, encoding: 'utf8' })
      expect([block, status, stderr]).toEqual([block, 0, ''])
    }
  })

  test('every block says its language', () => {
    expect(codeBlocks(text).filter(({ language }) => language === '')).toEqual([])
  })

  test('its JSON is JSON, and a configuration that the program takes', () => {
    for (const block of blocksOf(page, new Set(['json']))) {
      const judged = judge(configSchema, JSON.parse(block))
      expect([block, judged.ok ? '' : problemsText(judged.problems)]).toEqual([block, ''])
    }
  })

  test('its YAML is YAML', () => {
    for (const block of blocksOf(page, new Set(['yaml', 'yml']))) {
      expect(parseAllDocuments(block).flatMap(({ errors }) => errors)).toEqual([])
    }
  })

  test('its IMP_ variables are known, with values that can be used', () => {
    for (const [, name = '', value = ''] of text.matchAll(/\b(IMP_[A-Z_]+)(?:=([^\s`]+))?/g)) {
      const known = ['IMP_PORT', 'IMP_HOST', 'IMP_DATA_DIR', 'IMP_LOG_LEVEL', 'IMP_BACKENDS']
      expect(known).toContain(name)
      if (!value.includes('…')) readEnvironment({ [name]: value })
    }
  })
})

test('a command that cannot work is found', () => {
  for (const command of [
    'npm run none',
    'docker compose -f docker-compose.none.yml up',
    'node dist/src-main/none.js',
    'curl http://localhost:3004/api/none',
  ]) {
    expect(problemsOf([command])).toHaveLength(1)
  }
  expect(() => problemsOf(['npm start -- --prot=1'])).toThrow('--prot')
  expect(() => problemsOf(['npm run demo -- --headless'])).toThrow('--headless')
  expect(problemsOf(['npm start -- --port=1', 'docker compose -f docker-compose.host.yml up -d'])).toEqual([])
})

test.each(VENDORS)('the command that starts a server for %s is the one of the page', (vendor) => {
  const oneLine = (text: string): string => text.replaceAll(/\s*\\?\n\s*|\s+/g, ' ')
  expect(oneLine(readDocument('README.md'))).toContain(`${oneLine(dockerCommand(vendor, 'release'))} `)
})
