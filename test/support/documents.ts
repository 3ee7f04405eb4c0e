/** The Markdown files of the project, and what stands in them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { projectRoot } from './program.ts'

/** Folders with documents, each with the folders below it or not. */
const FOLDERS = ['', 'docs', 'docs/design', 'bench', '.github'] as const

/** The text of a file of the project. */
export function readDocument(file: string): string {
  return readFileSync(path.join(projectRoot, file), 'utf8')
}

/** Every Markdown file, by its path from the root. */
export function documents(): string[] {
  return FOLDERS.flatMap((folder) => {
    const full = path.join(projectRoot, folder)
    if (!existsSync(full)) return []
    return readdirSync(full)
      .filter((name) => name.endsWith('.md'))
      .map((name) => path.posix.join(folder, name))
  })
}

export interface CodeBlock {
  readonly language: string
  readonly text: string
}

/** The blocks of code of a document, without their indentation. */
export function codeBlocks(text: string): CodeBlock[] {
  return [...text.matchAll(/^( *)```(\w*)\n([^]*?)^\1```$/gm)].map(
    ([, indent = '', language = '', code = '']) => ({
      language,
      text: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  )
}

const withoutBlocks = (text: string): string => text.replaceAll(/^( *)```[^]*?^\1```$/gm, '')

/** What stands between backticks outside of blocks. */
export function codeSpans(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

/** The targets of a document's links and images, in order. */
export function linksOf(text: string): string[] {
  const prose = withoutBlocks(text).replaceAll(/`[^`]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
}

/** The names by which GitHub links the headings of a document. */
export function anchorsOf(text: string): Set<string> {
  const headings = [...withoutBlocks(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  )
}

/** Commands of a shell block, one for each line; what is continued by a backslash is one line. */
export function commandsOf(block: string): string[] {
  return block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => line.split(/\s+&&\s+/))
}
