import { describe, expect, it, vi } from 'vitest'
import { copyText } from '../../../src-renderer/composables/useCopy.ts'
import { useCleanPage } from '../support/page.ts'

useCleanPage()

describe('copying', () => {
  it('falls back to the document where there is no clipboard', async () => {
    vi.stubGlobal('navigator', { clipboard: undefined })
    const copied: string[] = []
    const execCommand = (): boolean => copied.push(document.querySelector('textarea')?.value ?? '') > 0
    Object.defineProperty(document, 'execCommand', { value: execCommand, configurable: true })
    expect(await copyText('http://proxy')).toBe(true)
    expect(copied).toEqual(['http://proxy'])
    expect(document.querySelector('textarea')).toBeNull()
  })
})
