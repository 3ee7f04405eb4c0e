import { describe, expect, test } from 'vitest'
import { releaseNotes } from '../../../scripts/release-notes.mjs'

const CHANGELOG = `# Changelog

## Unreleased

- Not yet.

## 1.2.3 (2026-11-30)

### Added

- A thing.

## 1.2.30

- Another.

## 1.2.2
`

describe('releaseNotes', () => {
  test.each([
    ['v1.2.3', '1.2.3', '### Added\n\n- A thing.\n'],
    ['v1.2.30', '1.2.30', '- Another.\n'],
  ])('%s: what stands below its heading', (tag, version, notes) => {
    expect(releaseNotes(tag, version, CHANGELOG)).toBe(notes)
  })

  test.each([
    ['a tag of another version', 'v1.2.4', '1.2.3', /tag is v1\.2\.4.*package\.json says 1\.2\.3/],
    ['a tag without a v', '1.2.3', '1.2.3', /tag is 1\.2\.3/],
    ['no section', 'v9.0.0', '9.0.0', /nothing below "## 9\.0\.0"/],
    ['an empty section', 'v1.2.2', '1.2.2', /nothing below "## 1\.2\.2"/],
  ])('%s: an error that says what to do', (_what, tag, version, message) => {
    expect(() => releaseNotes(tag, version, CHANGELOG)).toThrow(message)
  })
})
