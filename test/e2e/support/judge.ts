/** Judges what is on a page in four settings: axe, and no sideways scrolling. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, sidewaysOverflow } from './test.ts'

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']
const SETTINGS = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 375 },
  { colorScheme: 'dark', width: 375 },
] as const

/** Judges what is on the page in all four settings; the page itself stays as it is. */
export async function judge(page: Page, name: string): Promise<void> {
  for (const { colorScheme, width } of SETTINGS) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize({ width, height: 900 })
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().withTags(WCAG).analyze()
    const findings = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
    expect.soft(findings, `${name}, ${colorScheme}, ${width} px`).toEqual([])
    expect.soft(await sidewaysOverflow(page), `${name} sideways at ${width} px`).toBe(0)
  }
  await page.setViewportSize({ width: 1280, height: 900 })
}
