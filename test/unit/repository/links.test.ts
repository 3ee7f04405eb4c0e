/** No link of a document is dead, README stays one page, and every page of docs/ is found from it. */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { anchorsOf, documents, linksOf, readDocument } from '../../support/documents.ts'
import { projectRoot } from '../../support/program.ts'

const MAX_README_LINES = 150

const isOutside = (target: string): boolean => /^[a-z]+:/.test(target)

/** A link's file from the root, and its anchor. */
function resolve(document: string, target: string): { file: string; anchor: string } {
  const [name = '', anchor = ''] = target.split('#')
  const file = name === '' ? document : path.posix.join(path.posix.dirname(document), name)
  return { file, anchor }
}

const filesLinkedBy = (document: string): string[] =>
  linksOf(readDocument(document))
    .filter((target) => !isOutside(target))
    .map((target) => resolve(document, target).file)

function isDead(document: string, target: string): boolean {
  if (isOutside(target)) return !URL.canParse(target)
  const { file, anchor } = resolve(document, target)
  if (file.startsWith('..') || !existsSync(path.join(projectRoot, file))) return true
  return anchor !== '' && !anchorsOf(readDocument(file)).has(anchor)
}

test.each(documents())('%s has no dead link', (document) => {
  expect(linksOf(readDocument(document)).filter((target) => isDead(document, target))).toEqual([])
})

test('a dead link is found', () => {
  for (const target of ['docs/none.md', 'docs/settings.md#none', '#none', '../outside.md', 'http://']) {
    expect([target, isDead('README.md', target)]).toEqual([target, true])
  }
  for (const target of ['docs/settings.md#environment', '#which-machine', 'LICENSE', 'https://immich.app']) {
    expect([target, isDead('README.md', target)]).toEqual([target, false])
  }
})

describe('README.md', () => {
  test(`has at most ${MAX_README_LINES} lines`, () => {
    expect(readDocument('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(MAX_README_LINES)
  })

  test('links no page twice', () => {
    const files = filesLinkedBy('README.md')
    expect(files.filter((file, index) => files.indexOf(file) !== index)).toEqual([])
  })

  test('leads to every document and every file of docs/', () => {
    const reached = new Set(['README.md'])
    for (const document of reached) {
      if (!document.endsWith('.md')) continue
      for (const file of filesLinkedBy(document)) reached.add(file)
    }
    const inDocs = readdirSync(path.join(projectRoot, 'docs'), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => `docs/${name}`)
    const inDeploy = readdirSync(path.join(projectRoot, 'docs/deploy')).map((name) => `docs/deploy/${name}`)
    const all = [...documents().filter((name) => !name.startsWith('.github')), ...inDocs, ...inDeploy]
    expect(all.filter((file) => !reached.has(file))).toEqual([])
  })
})
