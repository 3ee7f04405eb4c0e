/** Writes the stand-in of Electron and the driver of the packed app as JavaScript, which Node runs without this project. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'

const FOLDERS = ['electron-stand-in', 'packed'] as const

/** Writes the JavaScript into a folder and returns the driver and the module to load before it. */
export function writeDriver(folder: string): { driver: string; register: string } {
  for (const name of FOLDERS) {
    const source = path.join(import.meta.dirname, name)
    mkdirSync(path.join(folder, name), { recursive: true })
    for (const file of readdirSync(source)) {
      const { outputText } = ts.transpileModule(readFileSync(path.join(source, file), 'utf8'), {
        compilerOptions: {
          module: ts.ModuleKind.ESNext,
          target: ts.ScriptTarget.ES2023,
          verbatimModuleSyntax: true,
          rewriteRelativeImportExtensions: true,
        },
      })
      writeFileSync(path.join(folder, name, file.replace(/\.ts$/, '.js')), outputText)
    }
  }
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}')
  return { driver: path.join(folder, 'packed/drive.js'), register: path.join(folder, 'packed/register.js') }
}
