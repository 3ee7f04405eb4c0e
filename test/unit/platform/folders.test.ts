import { expect, test } from 'vitest'
import { namedFolder, userDataFolder } from '../../../src-main/platform/folders.ts'

test('the user data folder is Electron’s on each system', () => {
  expect(userDataFolder('linux', {}, '/home/me')).toBe('/home/me/.config/Immich ML Proxy')
  expect(userDataFolder('linux', { XDG_CONFIG_HOME: '/cfg' }, '/home/me')).toBe('/cfg/Immich ML Proxy')
  expect(userDataFolder('linux', { XDG_CONFIG_HOME: 'relative' }, '/home/me')).toBe(
    '/home/me/.config/Immich ML Proxy',
  )
  expect(userDataFolder('darwin', {}, '/Users/me')).toBe(
    '/Users/me/Library/Application Support/Immich ML Proxy',
  )
  expect(userDataFolder('win32', { APPDATA: 'C:\\R' }, 'C:\\U')).toBe('C:\\R\\Immich ML Proxy')
})

test('a folder that the environment names is none where the variable is empty', () => {
  expect(namedFolder({ IMP_DATA_DIR: ' /data ' })).toBe('/data')
  expect(namedFolder({ IMP_DATA_DIR: ' ' })).toBeUndefined()
  expect(namedFolder({})).toBeUndefined()
})
