/** The papers for developers name what is there: a file that was renamed, or a folder that was added, fails here. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ICON_STATES } from '../../../src-main/desktop/tray/tray-icons.ts'
import { projectRoot } from '../../support/program.ts'

const DESIGN = 'docs/design'
const DOCUMENTS = ['ARCHITECTURE.md', 'CONTRIBUTING.md', ...markdownIn(DESIGN)]
/** Whose every folder is in the tree of ARCHITECTURE.md. */
const TREES = ['src-main', 'src-shared', 'src-renderer', 'bench', 'scripts']
/** Of the tests the first level: those below are named after what they test. */
const TESTS = 'test'

const FILE = /^[\w.@/-]+\.(?:css|html|js|json|md|mjs|nsh|ts|vue|ya?ml)$/
const FOLDER = /^[\w.@/-]+\/$/
/** Made by commands, so that they are not always there. */
const MADE = /^(?:dist|release|node_modules|\.dev)(?:\/|$)/
/** Files that lie in a user's data folder. */
const USERS_FILES = new Set(['config.json', 'window.json', 'sessions.json'])

function read(file: string): string {
  return readFileSync(path.join(projectRoot, file), 'utf8')
}

function markdownIn(folder: string): string[] {
  const full = path.join(projectRoot, folder)
  if (!existsSync(full)) return []
  return readdirSync(full)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
}

/** A document without its blocks of code. */
const prose = (text: string): string => text.replaceAll(/^```[^]*?^```$/gm, '')

/** What stands between backticks, in order. */
const codeSpans = (text: string): string[] =>
  [...prose(text).matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)

/** The files and folders that a document names, by code or link. */
function namedPaths(text: string): string[] {
  const links = [...prose(text).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target)
  const inCode = codeSpans(text).filter((code) => FILE.test(code) || FOLDER.test(code))
  return [...links.filter((target) => !/^\w+:/.test(target)), ...inCode].filter(
    (name) => !MADE.test(name) && !USERS_FILES.has(name) && !name.startsWith('/'),
  )
}

/**
 * Whether a name in a document is there: from the root, from `src-main/`, or from the document's own folder. A name
 * without a folder, as `limits.ts`, is that of any source.
 */
function isThere(document: string, name: string): boolean {
  const bases = ['', 'src-main', path.dirname(document)]
  if (bases.some((base) => existsSync(path.join(projectRoot, base, name)))) return true
  return (
    !name.includes('/') && SOURCE_FOLDERS.some((folder) => existsSync(path.join(projectRoot, folder, name)))
  )
}

/** The paths in a block of code that is indented as a tree, two spaces a level. */
function pathsOfTree(block: string): string[] {
  const above: string[] = []
  return block.split('\n').flatMap((line) => {
    const match = /^( *)([\w.@-]+\/?)(?: {2,}|$)/.exec(line)
    if (match === null) return []
    const [, indent = '', name = ''] = match
    const level = indent.length / 2
    above.splice(level, Infinity, name.replace(/\/$/, ''))
    return [above.join('/')]
  })
}

function foldersBelow(folder: string): string[] {
  return readdirSync(path.join(projectRoot, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [`${folder}/${entry.name}`, ...foldersBelow(`${folder}/${entry.name}`)] : [],
  )
}

const SOURCE_FOLDERS = [...TREES, TESTS].flatMap((folder) => [folder, ...foldersBelow(folder)])

/** All of the sources, to look for names in. */
function sources(): string {
  return SOURCE_FOLDERS.flatMap((folder) =>
    readdirSync(path.join(projectRoot, folder))
      .filter((name) => /\.(?:mjs|ts|vue)$/.test(name))
      .map((name) => read(`${folder}/${name}`)),
  ).join('\n')
}

/** A private method is the same word as a public one. */
const isWordIn = (name: string, text: string): boolean =>
  new RegExp(String.raw`\b${name.replace(/^#/, '').replace(/\(\)$/, '')}\b`).test(text)

const testsIn = (folder: string): string[] =>
  readdirSync(path.join(projectRoot, folder)).filter((name) => name.endsWith('.test.ts'))

/** Whether `a/b-c.test.ts` belongs to `a/b-c.ts` or `a/b.ts`, below one of the two folders of sources. */
function hasSource(test: string): boolean {
  const words = test.slice(0, -'.test.ts'.length).split('-')
  return words.some((_, index) => {
    const source = `${words.slice(0, words.length - index).join('-')}.ts`
    return ['src-main', 'src-shared'].some((side) => existsSync(path.join(projectRoot, side, source)))
  })
}

const CALL = /^#?\w+\(\)$/

describe.each(DOCUMENTS)('%s', (document) => {
  test('each file and folder that it names is there', () => {
    expect(namedPaths(read(document)).filter((name) => !isThere(document, name))).toEqual([])
  })

  test('each function that it names is in the sources', () => {
    const all = sources()
    const names = codeSpans(read(document)).filter((code) => CALL.test(code))
    expect(names.filter((name) => !isWordIn(name, all))).toEqual([])
  })
})

describe('ARCHITECTURE.md', () => {
  const text = read('ARCHITECTURE.md')

  test('its tree is the tree', () => {
    const [, block = ''] = /^## The tree\n+```\n([^]*?)^```$/m.exec(text) ?? []
    const inTree = pathsOfTree(block)
    expect(inTree.filter((name) => !existsSync(path.join(projectRoot, name)))).toEqual([])
    const firstLevel = foldersBelow(TESTS).filter((folder) => folder.split('/').length === 2)
    const folders = [...TREES, ...TREES.flatMap(foldersBelow), TESTS, ...firstLevel]
    expect(folders.filter((folder) => !inTree.includes(folder))).toEqual([])
  })

  test('its walks name functions of the file before them', () => {
    const walks = /^## Four walks$[^]*/m.exec(text)?.[0] ?? ''
    let file = ''
    let found = 0
    const missing: string[] = []
    for (const code of codeSpans(walks)) {
      if (FILE.test(code)) file = code
      else if (CALL.test(code)) {
        found++
        if (!isThere('', file) || !isWordIn(code, read(file))) missing.push(`${code} in ${file}`)
      }
    }
    expect(missing).toEqual([])
    expect(found).toBeGreaterThan(40)
  })

  test('a unit test has the folder and the name of a source, or its name and a subject', () => {
    const tests = ['test/unit', ...foldersBelow('test/unit')]
      .filter((folder) => folder !== 'test/unit/repository')
      .flatMap((folder) => testsIn(folder).map((name) => path.posix.join(folder, name)))
    expect(tests.length).toBeGreaterThan(100)
    expect(tests.filter((test) => !hasSource(test.slice('test/unit/'.length)))).toEqual([])
  })

  test('its floors are those of the lint configuration, in that order', () => {
    const [, list = ''] = /const FLOORS = \[([^\]]+)\]/.exec(read('eslint.config.js')) ?? []
    const floors = [...list.matchAll(/'([\w-]+)'/g)].map(([, name = '']) => name)
    expect(floors.length).toBeGreaterThan(0)
    expect(text.replaceAll(/\s+/g, ' ')).toContain(floors.join(' < '))
  })
})

test('docs/packaging.md tells every state of the tray icon', () => {
  const text = read('docs/packaging.md')
  const untold = ICON_STATES.filter((state) => state !== 'error' && !new RegExp(`\\| ${state}\\b`).test(text))
  expect(untold).toEqual([])
})

test('docs/dependencies.md says why each package of the program is there', () => {
  const { dependencies, optionalDependencies } = JSON.parse(read('package.json')) as Record<
    'dependencies' | 'optionalDependencies',
    Record<string, string>
  >
  const text = read('docs/dependencies.md')
  const names = Object.keys({ ...dependencies, ...optionalDependencies })
  expect(names.filter((name) => !text.includes(`| \`${name}\``))).toEqual([])
})
