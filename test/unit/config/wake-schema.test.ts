import { describe, expect, test } from 'vitest'
import { judge, problemsText, savedConfigSchema } from '../../../src-shared/config/schema.ts'

const GOOD = { mac: 'aa:bb:cc:dd:ee:ff', broadcast: '192.168.1.255', port: 9, on: ['image'] }

function problems(wake: unknown): string {
  const backends = [{ name: 'gpu', url: 'http://gpu:3003', wake }]
  const judged = judge(savedConfigSchema, { defaultBackend: 'gpu', backends })
  return judged.ok ? '' : problemsText(judged.problems)
}

describe('backends[].wake', () => {
  test.each([
    GOOD,
    { mac: 'AA-BB-CC-DD-EE-FF' },
    { mac: ' 001122334455 ' },
    { ...GOOD, on: ['text', 'image'], giveUpSeconds: 60, note: 'kept' },
    { ...GOOD, broadcast: '255.255.255.255' },
    { ...GOOD, broadcast: '127.255.255.255' },
    { ...GOOD, broadcast: '10.0.0.255' },
    { ...GOOD, broadcast: '172.31.255.255' },
    { ...GOOD, broadcast: '100.64.0.255' },
    { ...GOOD, broadcast: '169.254.255.255' },
  ])('takes %j', (wake) => expect(problems(wake)).toBe(''))

  test.each([
    [{}, 'backends[0].wake.mac must be a text'],
    ['aa:bb:cc:dd:ee:ff', 'backends[0].wake must be an object with a mac'],
    [{ mac: 'aa:bb:cc:dd:ee' }, 'backends[0].wake.mac must be like aa:bb:cc:dd:ee:ff'],
    [{ mac: 'aa:bb-cc:dd-ee:ff' }, 'wake.mac must be like'],
    [{ mac: 'aa:bb:cc:dd:ee:fg' }, 'wake.mac must be like'],
    [{ mac: '00:00:00:00:00:00' }, 'wake.mac is no address of one machine'],
    [{ mac: 'ff:ff:ff:ff:ff:ff' }, 'wake.mac is no address of one machine'],
    [{ mac: '01:00:5e:00:00:01' }, 'wake.mac is no address of one machine'],
    [
      { ...GOOD, broadcast: '8.8.8.8' },
      'backends[0].wake.broadcast is not an address of a network of your own',
    ],
    [{ ...GOOD, broadcast: '172.32.255.255' }, 'wake.broadcast is not an address of a network of your own'],
    [{ ...GOOD, broadcast: '224.0.0.1' }, 'wake.broadcast is not an address of a network of your own'],
    [{ ...GOOD, broadcast: '0.0.0.0' }, 'wake.broadcast is not an address of a network of your own'],
    [{ ...GOOD, broadcast: '::ffff:8.8.8.8' }, 'wake.broadcast must be an IPv4 address'],
    [{ ...GOOD, broadcast: 'ff02::1' }, 'wake.broadcast must be an IPv4 address'],
    [{ ...GOOD, broadcast: 'nas' }, 'wake.broadcast must be an IPv4 address'],
    [{ ...GOOD, broadcast: '010.0.0.255' }, 'wake.broadcast must be an IPv4 address'],
    [{ ...GOOD, port: 0 }, 'wake.port must be a whole number'],
    [{ ...GOOD, on: ['video'] }, 'wake.on[0] must be "image" or "text"'],
    [{ ...GOOD, on: 'image' }, 'wake.on must be a list'],
    [{ ...GOOD, giveUpSeconds: 5 }, 'wake.giveUpSeconds must be a whole number from 20 to 1800'],
  ])('refuses %j', (wake, message) => expect(problems(wake)).toContain(message))
})
