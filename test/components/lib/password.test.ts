import { describe, expect, it } from 'vitest'
import { ApiFailure } from '../../../src-renderer/api/client.ts'
import { fieldProblems, loginProblem, refusalProblems } from '../../../src-renderer/lib/password.ts'

describe('what is said of a password', () => {
  it('is too short, not repeated, or the current one is missing', () => {
    const fields = { current: '', next: '1234567', again: '' }
    expect(Object.keys(fieldProblems('set', fields))).toEqual(['next'])
    expect(Object.keys(fieldProblems('change', fields))).toEqual(['current', 'next'])
    expect(Object.keys(fieldProblems('remove', fields))).toEqual(['current'])
    expect(Object.keys(fieldProblems('set', { ...fields, next: '12345678' }))).toEqual(['again'])
    expect(fieldProblems('set', { ...fields, next: '12345678', again: '12345678' })).toEqual({})
    // Seven characters as people count them.
    expect(Object.keys(fieldProblems('set', { ...fields, next: '🐶🐶🐶🐶🐶🐶🐶' }))).toEqual(['next'])
  })

  it('stands at the field it is about', () => {
    const failure = (status: number, wait?: number): ApiFailure => new ApiFailure(status, 'Told', [], wait)
    expect(refusalProblems('change', failure(403)).current).toContain('wrong')
    expect(refusalProblems('set', failure(403)).form).toContain('meanwhile')
    expect(refusalProblems('change', failure(400)).next).toBe('Told.')
    expect(refusalProblems('change', failure(429, 31)).current).toBe(
      'Too many tries. Try again in 31 seconds.',
    )
    expect(refusalProblems('change', failure(409)).form).toBe('Told')
    expect(loginProblem(failure(401))).toBe('The password is wrong.')
    expect(loginProblem(failure(429))).toBe('Too many tries. Try again later.')
    expect(loginProblem(failure(0))).toBe('Told')
  })
})
