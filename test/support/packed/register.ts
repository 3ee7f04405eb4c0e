/** Loaded before the packed app: puts the stand-in in Electron's place, for both kinds of modules. */
import Module, { register } from 'node:module'
import standIn from '../electron-stand-in/index.ts'

register('./hooks.js', import.meta.url)

// Node 20 has no hooks for CommonJS; all its modules are loaded by this function.
const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown }
const load = loader._load
loader._load = (request, ...rest) => (request === 'electron' ? standIn : load.call(loader, request, ...rest))
