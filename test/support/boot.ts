/** Makes the stand-in and its driver plain JavaScript, for a Node that knows nothing of this project. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
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

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** Whether nobody listens on a port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
