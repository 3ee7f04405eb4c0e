import { expect, test } from 'vitest'
import {
  isNewer,
  latestReleaseUrl,
  releasePage,
  versionOf,
} from '../../../src-main/desktop/system/releases.ts'

test('the link is built from the repository, whatever the answer says', () => {
  expect(releasePage('owner/name')).toBe('https://github.com/owner/name/releases/latest')
  expect(latestReleaseUrl('owner/name')).toMatch(/^https:\/\/api\.github\.com\/repos\/owner\/name\//)
})

test.each([
  ['0.10.0', '0.9.9', true],
  ['1.0.0', '0.9.9', true],
  ['0.1.1', '0.1.0', true],
  ['0.1.0', '0.1.0', false],
  ['0.1.0', '0.2.0', false],
  ['nightly', '0.1.0', false],
  ['0.2.0', '0.1.0-dev', false],
])('%s is newer than %s: %s', (version, than, expected) => {
  expect(isNewer(version, than)).toBe(expected)
})

test.each([
  [{ tag_name: 'v1.2.3' }, '1.2.3'],
  [{ tag_name: '1.2.3' }, '1.2.3'],
  [{ tag_name: '1.2.3-beta.1' }, undefined],
  [{ tag_name: 7 }, undefined],
  [null, undefined],
])('the version of %j is %s', (answer, expected) => {
  expect(versionOf(answer)).toBe(expected)
})
