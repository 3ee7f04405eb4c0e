/** The releases of the project on GitHub. Pure. */
import * as z from 'zod'

/** A version without prerelease, with or without a leading "v". */
const VERSION = /^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/

/** The part of GitHub's answer that is used. */
const releaseSchema = z.object({ tag_name: z.string().regex(VERSION) })

/** The API endpoint of the latest release, which is never a draft or a prerelease. */
export function latestReleaseUrl(repository: string): string {
  return `https://api.github.com/repos/${repository}/releases/latest`
}

/** The page of the latest release. It is built from the repository alone, so that an answer cannot lead elsewhere. */
export function releasePage(repository: string): string {
  return `https://github.com/${repository}/releases/latest`
}

/** The version of a release, or undefined if the answer of the API has none. */
export function versionOf(release: unknown): string | undefined {
  return releaseSchema.safeParse(release).data?.tag_name.replace(/^v/, '')
}

/** Whether a version is newer than another one; false if one of them is no version. */
export function isNewer(version: string, than: string): boolean {
  const [a, b] = [VERSION.exec(version), VERSION.exec(than)]
  if (a === null || b === null) return false
  for (const part of [1, 2, 3]) {
    const difference = Number(a[part]) - Number(b[part])
    if (difference !== 0) return difference > 0
  }
  return false
}
