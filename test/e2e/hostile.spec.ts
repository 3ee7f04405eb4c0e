/** Markup in names, addresses, headers, files and errors that others control is shown as text, and does nothing. */
import { configOf } from '../support/proxy.ts'
import { card, edit, expect, route, sidewaysOverflow, test } from './support/test.ts'

const IMG = '<img src=x onerror=alert(1)>'
const SCRIPT = '</script><script>alert(1)</script>'
const LINK = 'javascript:alert(1)'
const RTL = 'gpu\u202e)1(trela\u202c'
const LONG = `<b>${'x'.repeat(10_000)}</b>`
const ALL = [IMG, SCRIPT, LINK, RTL, LONG]

test('hostile strings stay text in both views', async ({ page, app, backend }) => {
  const dialogs: string[] = []
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  const names = [IMG, SCRIPT, LINK, RTL]
  const evil = await Promise.all(names.map((name) => backend({ name })))
  const [first, second] = evil
  const headers = { 'X-Evil': SCRIPT, [`x-${'y'.repeat(200)}`]: 'x'.repeat(2_000) }
  const config = configOf(evil, { taskRouting: { [IMG]: SCRIPT, ocr: [RTL, LINK] } })
  const backends = evil.map(({ name, url }) => ({ name, url: `${url}/%3Cimg%20src=x%3E`, headers }))
  await app.configure({
    ...config,
    backends: [{ name: IMG, url: first?.url, headers }, ...backends.slice(1)],
  })
  await app.post('/api/debug/toggle', { enabled: true })
  if (first === undefined || second === undefined) throw new Error('no backend')

  for (const text of ALL) {
    first.predictFault = [{ kind: 'status', status: 500, body: text, headers: { 'x-evil': IMG } }]
    const body = new FormData()
    body.append('entries', JSON.stringify({ clip: { textual: { modelName: text } }, [text]: {} }))
    body.append('text', text)
    body.append(text, new Blob([text], { type: 'text/html' }), `${text}.html`)
    await fetch(`${app.url}/predict`, { method: 'POST', body, headers: { 'x-evil': SCRIPT } })
    // A picture by its name, a page by its bytes.
    const photo = new FormData()
    photo.append('entries', JSON.stringify({ clip: { visual: { modelName: 'm' } } }))
    photo.append('image', new Blob([text], { type: 'image/svg+xml' }), text)
    await fetch(`${app.url}/predict`, { method: 'POST', body: photo })
  }
  await fetch(`${app.url}/predict?${encodeURIComponent(IMG)}`, { method: 'POST', body: '<script>alert(1)' })

  await page.goto('/config')
  for (const name of names) await expect(card(page, name)).toBeVisible()
  await expect(page.getByText(`${IMG} goes to`).first()).toBeVisible()
  await (await edit(page, LINK)).getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(page.getByText(`${LINK} is removed`)).toBeVisible()
  await (await edit(page, RTL)).getByLabel('URL').fill(LINK)
  await (await edit(page, IMG)).getByLabel('Name').fill(LONG)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('alert').first()).toBeVisible()
  expect(await page.locator('main img:not(.state-icon), main script').count()).toBe(0)
  expect(await sidewaysOverflow(page)).toBe(0)
  await page.getByRole('button', { name: 'Discard' }).click()

  await page.goto('/debug')
  const rows = page.locator('tbody tr[data-id]')
  await expect(rows.nth(5)).toBeVisible()
  const records = (await (await app.get('/api/debug/records')).json()) as { id: string }[]
  for (const { id } of records) {
    await page.goto(`/debug#${encodeURIComponent(id)}`)
    const detail = page.getByRole('complementary')
    await expect(detail.getByRole('heading', { name: 'Answer', exact: true })).toBeVisible()
    for (const title of ['Headers of the request', 'Headers of the answer'])
      await detail.getByText(title).click()
    expect(await page.locator('main script, main b, aside img[src="x"]').count()).toBe(0)
    expect(await sidewaysOverflow(page)).toBe(0)
  }
  await page.getByLabel('Filter').fill(IMG)
  await expect(page.getByLabel('Filter')).toHaveValue(IMG)
  expect(dialogs).toEqual([])
})

test('a long name without a space widens neither the routing nor the page', async ({
  page,
  app,
  backend,
}) => {
  const name = `${'gpu-in-the-cellar-'.repeat(5)}x`.slice(0, 72)
  const [first, long] = [await backend({ name: 'gpu' }), await backend({ name })]
  await app.configure(
    configOf([first, long], { taskRouting: { clip: ['gpu', name], [name]: [name, 'gpu'] } }),
  )
  for (const width of [1280, 900, 375]) {
    await page.setViewportSize({ width, height: 900 })
    await page.goto('/config')
    const line = route(page, 'Smart search')
    await expect(line).toContainText(`gpu and ${name}`)
    await line.getByRole('button', { name: /^Change who answers Smart search/ }).click()
    await route(page, name)
      .getByRole('button', { name: `Change who answers ${name}` })
      .click()
    expect(await sidewaysOverflow(page), `${width} px`).toBe(0)
    // Nothing reaches out of its line, and no text out of its box in the flow.
    const beyond = await page.evaluate(() => {
      const isBeyond = (element: Element, frame: Element): boolean =>
        element.getBoundingClientRect().right > frame.getBoundingClientRect().right + 1
      return [
        ...[...document.querySelectorAll('li.route')].flatMap((one) =>
          [...one.querySelectorAll('*')].filter((element) => isBeyond(element, one)),
        ),
        ...[...document.querySelectorAll('rect.node')].flatMap((box) =>
          [...(box.parentElement?.querySelectorAll('text') ?? [])].filter((text) => isBeyond(text, box)),
        ),
      ].map(({ tagName, textContent }) => `${tagName} ${textContent.slice(0, 60)}`)
    })
    expect(beyond, `${width} px`).toEqual([])
  }
})
