// `node scripts/release-notes.mjs v1.2.3`: prints the section of CHANGELOG.md for a tag; fails where the tag is not the
// version of package.json, or where the section is missing or empty.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './lib.mjs'

/**
 * The text below a version's heading in a changelog.
 * @param {string} tag such as v1.2.3
 * @param {string} version of package.json
 * @param {string} changelog with one heading of the second level for each version
 * @throws {Error} where they do not agree
 */
export function releaseNotes(tag, version, changelog) {
  if (tag !== `v${version}`) {
    throw new Error(
      `The tag is ${tag}, but package.json says ${version}: tag the commit that has v${version}`,
    )
  }
  const section = changelog.split(/^## /m).find((text) => text.split(/\s/, 1)[0] === version)
  const notes = section?.slice(version.length).replace(/^.*\n/, '').trim()
  if (!notes) throw new Error(`CHANGELOG.md says nothing below "## ${version}": write what is new`)
  return `${notes}\n`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'))
  const changelog = await readFile(path.join(root, 'CHANGELOG.md'), 'utf8')
  try {
    process.stdout.write(releaseNotes(process.argv[2] ?? '', version, changelog))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
