/** Where this project is published. */

/**
 * `owner/name` of the project's repository on GitHub, whose releases are looked up. Empty: the project has none yet, and
 * nothing is looked up. A placeholder must not be written here, as anybody could register it and publish a release.
 */
export const REPOSITORY: string = ''
