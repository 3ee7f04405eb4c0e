/** Loaded before the packed app: puts the stand-in in Electron's place, for both kinds of modules. */
import Module, { register } from 'node:module'
import standIn from '../electron-stand-in/index.ts'

register('./hooks.js', import.meta.url)

// CommonJS knows no hooks in Node 20; this is the door that all its modules pass.
const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown }
const load = loader._load
loader._load = (request, ...rest) => (request === 'electron' ? standIn : load.call(loader, request, ...rest))
