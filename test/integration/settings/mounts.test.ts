import { describe, expect, test } from 'vitest'
import { folder, useFolder } from '../../support/folder.ts'
import { mountProblem, runMounted } from '../../support/mount-namespace.ts'

const problem = mountProblem()
if (problem !== undefined)
  console.log(`skipped: a file that is mounted by itself needs a mount namespace (${problem})`)

useFolder()

describe.skipIf(problem !== undefined)('a config.json that is mounted by itself, as Docker does it', () => {
  test('is written in place, whole, and that is told once', async () => {
    const { statuses, text, files, log, isSameFile, writes } = await runMounted('saves', folder)
    expect(statuses).toEqual([200, 200, 200])
    expect(JSON.parse(text)).toMatchObject({ note: 'short' })
    expect(text.trimEnd().length + 1).toBe(text.length)
    expect(isSameFile).toBe(true)
    expect(files).toEqual(['config.json'])
    expect(log.filter((line) => line.includes('written in place'))).toHaveLength(1)
    // conf would try to rename it for a second, in which nothing else happens.
    expect(writes).toBe(0)
  })

  test('and is no JSON is kept aside, what stays in force of it is written in place', async () => {
    const { statuses, text, files, warnings } = await runMounted('broken', folder)
    expect(statuses).toEqual([401])
    expect(JSON.parse(text)).toMatchObject({
      security: { passwordHash: 'scrypt:x', allowedClients: ['127.0.0.1'] },
    })
    expect(files).toEqual(['config.json', expect.stringMatching(/^config\.json\.broken-/)])
    expect(warnings.join()).toContain('it was kept as config.json.broken-')
  })

  test('is followed when it is changed on the other side', async () => {
    const { answers } = await runMounted('hand-edit', folder)
    expect(answers[1]).toContain('by hand')
  })

  test('and may not be written leaves all as it is, and says so at once', async () => {
    const { statuses, answers, text, files, writes } = await runMounted('read-only-file', folder)
    expect(statuses).toEqual([200, 500, 500])
    expect(answers[1]).toMatch(
      /^\{"error":"Not saved: config.json cannot be written \(EROFS: read-only file system\)/,
    )
    expect(JSON.parse(text)).not.toHaveProperty('note')
    expect(files).toEqual(['config.json'])
    expect(writes).toBe(0)
  })

  test('a folder that may not be written: the same', async () => {
    const { statuses, answers, files, writes } = await runMounted('read-only-folder', folder)
    expect(statuses).toEqual([200, 500, 500])
    expect(answers[2]).toContain('cannot be written (EROFS: read-only file system)')
    expect(files).toEqual(['config.json'])
    expect(writes).toBe(0)
  })
})
