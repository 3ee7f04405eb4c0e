import { describe, expect, test } from 'vitest'
import { readEnvironment } from '../../../src-main/platform/environment.ts'
import { FlagError } from '../../../src-main/platform/start-values.ts'

describe('readEnvironment', () => {
  test('reads every variable', () => {
    const read = readEnvironment({
      IMP_PORT: '4000',
      IMP_HOST: '[::1]',
      IMP_DATA_DIR: '/data',
      IMP_LOG_LEVEL: 'debug',
      IMP_BACKENDS: 'gpu=http://192.168.1.20:3003, nas=http://immich-machine-learning:3003,',
      OTHER: 'x',
    })
    expect(read).toMatchObject({ port: 4000, host: '::1', userDataDir: '/data', logLevel: 'debug' })
    expect(read.firstConfig).toMatchObject({
      backends: [
        { name: 'gpu', url: 'http://192.168.1.20:3003' },
        { name: 'nas', url: 'http://immich-machine-learning:3003' },
      ],
      defaultBackend: { backends: ['gpu', 'nas'], share: 'in-order' },
    })
  })

  test('one backend is the default backend by its name', () => {
    expect(
      readEnvironment({ IMP_BACKENDS: 'gpu=http://a:3003/path?'.slice(0, -1) }).firstConfig,
    ).toMatchObject({
      defaultBackend: 'gpu',
      backends: [{ name: 'gpu', url: 'http://a:3003/path' }],
    })
  })

  test('what is asked below a URL is cut off, as on the page', () => {
    const text = 'gpu=http://a:3003/predict, nas=https://ml.example/path/ping/,odd=http://predict'
    expect(readEnvironment({ IMP_BACKENDS: text }).firstConfig?.backends).toMatchObject([
      { url: 'http://a:3003' },
      { url: 'https://ml.example/path' },
      { url: 'http://predict' },
    ])
  })

  test('an absent and an empty variable say nothing', () => {
    const nothing = {
      port: undefined,
      host: undefined,
      userDataDir: undefined,
      logLevel: undefined,
      firstConfig: undefined,
    }
    expect(readEnvironment({})).toEqual(nothing)
    const empty = { IMP_PORT: '', IMP_HOST: ' ', IMP_DATA_DIR: '', IMP_LOG_LEVEL: '', IMP_BACKENDS: '' }
    expect(readEnvironment(empty)).toEqual(nothing)
  })

  test.each([
    ['IMP_PORT', 'many', 'whole number from 0 to 65535'],
    ['IMP_PORT', '65536', 'whole number'],
    ['IMP_PORT', '-1', 'whole number'],
    ['IMP_HOST', 'http://0.0.0.0', 'without http:// and without a port'],
    ['IMP_HOST', '192.168.1.10:3004', 'without a port'],
    ['IMP_HOST', 'two words', 'an address of this computer'],
    ['IMP_LOG_LEVEL', 'loud', 'one of trace'],
    ['IMP_BACKENDS', 'http://a:3003', 'entry 1 is not NAME=URL'],
    ['IMP_BACKENDS', 'gpu=http://a:3003,=http://b', 'entry 2 is not NAME=URL'],
    ['IMP_BACKENDS', 'gpu=', 'backends[0].url is empty'],
    ['IMP_BACKENDS', 'gpu=http://a:3003;nas=http://b:3003', 'backends[0].url'],
    ['IMP_BACKENDS', 'gpu=ftp://a', 'is not an http or https URL'],
    ['IMP_BACKENDS', 'gpu=http://a:1,gpu=http://b:1', 'used twice'],
  ])('refuses %s=%s, naming the variable', (name, value, message) => {
    const read = (): unknown => readEnvironment({ [name]: value })
    expect(read).toThrow(FlagError)
    expect(read).toThrow(new RegExp(`^${name}\\b`))
    expect(read).toThrow(message)
  })

  test('does not repeat what may be a password', () => {
    const caught = (text: string): string => {
      try {
        readEnvironment({ IMP_BACKENDS: text })
      } catch (error) {
        return String(error)
      }
      throw new Error(`${text} was taken`)
    }
    for (const text of ['gpu=http://me:s3cret@a:3003', 'http://me:s3cret@a', 'gpu=htp//me:s3cret@a']) {
      expect(caught(text)).not.toContain('s3cret')
    }
  })
})
