/** Folders for tests, below the system's folder for temporary files. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeEach } from 'vitest'

/** The folder of the running test, in a file that says {@link useFolder}. */
export let folder = ''

function make(): string {
  return mkdtempSync(path.join(tmpdir(), 'immich-ml-proxy-test-'))
}

/** Makes a new {@link folder} before each test of a file, and removes it after the test. */
export function useFolder(): void {
  beforeEach(() => {
    folder = make()
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
}

/** Makes one folder for all tests of a file, removed after the last of them. */
export function folderOfFile(): string {
  const made = make()
  // An app that was packed has thousands of files.
  afterAll(() => rmSync(made, { recursive: true, force: true }), 60_000)
  return made
}
