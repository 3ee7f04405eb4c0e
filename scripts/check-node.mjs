// Ends the scripts on a Node that is too old, before anything fails for a reason that nobody would understand: npm says
// nothing of it (`.npmrc`). To be imported first.
import { readFileSync } from 'node:fs'
import process from 'node:process'

/**
 * What is wrong with a version of Node, as a sentence; undefined if nothing is.
 * @param {string} version as `process.versions.node`
 * @param {string} wanted as "engines" in package.json says it: `>=20.19.0`
 * @returns {string | undefined}
 */
export function nodeProblem(version, wanted) {
  /** @param {string} text */
  const numbers = (text) => text.replace(/^\D*/, '').split('.').map(Number)
  const [major = 0, minor = 0] = numbers(version)
  const [wantedMajor = 0, wantedMinor = 0] = numbers(wanted)
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return undefined
  return `Immich ML Proxy needs Node.js ${wantedMajor}.${wantedMinor} or newer, and this is ${version}; get it at https://nodejs.org`
}

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const problem = nodeProblem(process.versions.node, engines.node)
if (problem !== undefined) {
  console.error(problem)
  process.exit(1)
}
