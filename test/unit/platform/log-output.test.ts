import { closeSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LOG_WAITING_BYTES } from '../../../src-main/platform/limits.ts'
import { FileSink, LogOutput, StreamSink, type LogSink } from '../../../src-main/platform/log-output.ts'
import { folder, useFolder } from '../../support/folder.ts'

useFolder()

/** A sink that takes lines or does not, as a test says. */
class StubbornSink implements LogSink {
  takes = true
  readonly taken: string[] = []

  tryWrite(text: string): boolean {
    if (this.takes) this.taken.push(text)
    return this.takes
  }
}

test('lines that are not taken are dropped, and their number is told before the next one', () => {
  const sink = new StubbornSink()
  const output = new LogOutput(sink, (line) => `> ${line}`)
  output.write('one\n')
  sink.takes = false
  for (let count = 0; count < 3; count++) output.write('lost\n')
  expect(output.dropped).toBe(3)
  sink.takes = true
  output.write('two\n')
  output.write('three\n')
  expect(output.dropped).toBe(0)
  const [first, notice, ...others] = sink.taken
  expect([first, ...others]).toEqual(['> one\n', '> two\n', '> three\n'])
  expect(JSON.parse(notice?.slice(2) ?? '')).toMatchObject({
    level: 40,
    msg: '3 lines of the log could not be written',
  })
})

test('a stream gets no more than so many bytes that it has not passed on, and none once it has ended', () => {
  const written: string[] = []
  const stream = {
    destroyed: false,
    writableLength: LOG_WAITING_BYTES,
    write: (text: string) => written.push(text) > 0,
  }
  const sink = new StreamSink(stream)
  expect(sink.tryWrite('one\n')).toBe(true)
  stream.writableLength++
  expect(sink.tryWrite('two\n')).toBe(false)
  stream.writableLength = 0
  stream.destroyed = true
  expect(sink.tryWrite('three\n')).toBe(false)
  expect(written).toEqual(['one\n'])
})

let fd = -1
beforeEach(() => {
  fd = openSync(path.join(folder, 'log'), 'a')
})
afterEach(() => closeSync(fd))

test('a file gets each line whole', () => {
  const sink = new FileSink(fd)
  expect([sink.tryWrite('one, ü\n'), sink.tryWrite('two\n')]).toEqual([true, true])
  expect(readFileSync(path.join(folder, 'log'), 'utf8')).toBe('one, ü\ntwo\n')
})

test.skipIf(process.platform !== 'linux')('a full disk is no error', () => {
  const full = openSync('/dev/full', 'a')
  expect(new FileSink(full).tryWrite('one\n')).toBe(false)
  closeSync(full)
})
