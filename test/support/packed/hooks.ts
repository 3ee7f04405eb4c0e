/** Module hooks: whoever imports electron gets the stand-in. */
import type { ResolveHook } from 'node:module'

const STAND_IN = new URL('../electron-stand-in/index.js', import.meta.url).href

export const resolve: ResolveHook = (specifier, context, nextResolve) =>
  specifier === 'electron' ? { url: STAND_IN, shortCircuit: true } : nextResolve(specifier, context)
