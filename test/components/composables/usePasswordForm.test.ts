import { describe, expect, it, vi } from 'vitest'
import { usePasswordForm } from '../../../src-renderer/composables/usePasswordForm.ts'

describe('the form of the password', () => {
  it('sends nothing that is wrong, asks before it removes, and forgets what was typed', async () => {
    const setPassword = vi.fn(() => Promise.resolve())
    const confirm = vi.fn(() => Promise.resolve(false))
    const form = usePasswordForm({ setPassword, check: () => Promise.resolve(true) }, confirm)
    form.open('remove')
    expect(await form.submit()).toBe(false)
    expect(confirm).not.toHaveBeenCalled()
    form.fields.current = 'old password'
    expect(await form.submit()).toBe(false)
    expect(setPassword).not.toHaveBeenCalled()
    confirm.mockResolvedValueOnce(true)
    expect(await form.submit()).toBe(true)
    expect(setPassword).toHaveBeenCalledWith('', 'old password')
    expect([form.mode.value, form.fields.current]).toEqual([undefined, ''])
    expect(form.outcome.value).toContain('removed')
  })
})
