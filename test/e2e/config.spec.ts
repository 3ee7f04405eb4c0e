import { readFile, writeFile } from 'node:fs/promises'
import { JOBS, predict } from '../support/immich-client.ts'
import { configOf } from '../support/proxy.ts'
import { answerBy, card, edit, expect, freePort, route, save, startAtPort, test } from './support/test.ts'

test.describe('the first run', () => {
  test('a guide leads to the first backend, which is added, tested and saved', async ({
    page,
    app,
    backend,
  }) => {
    const gpu = await backend({ name: 'gpu' })
    await page.goto('/config')
    await expect(page.getByRole('heading', { name: 'Four steps to begin' })).toBeVisible()
    await expect(page.getByRole('heading', { name: 'No backend yet' })).toBeVisible()
    await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled()
    await page.getByRole('button', { name: 'Add backend' }).click()
    await expect(page.getByLabel('Name')).toBeFocused()
    await page.getByLabel('Name').fill('gpu')
    await page.getByLabel('URL').fill(gpu.url)
    await page.getByRole('button', { name: 'Test' }).click()
    await expect(page.getByText(/It answers: \/ping 200 in \d/)).toBeVisible()
    await expect(route(page, 'Everything else')).toContainText('gpu.')
    await save(page)
    await expect(card(page, 'gpu').getByText('Healthy', { exact: true })).toBeVisible()
    await expect(page.getByRole('heading', { name: 'Everything works' })).toBeVisible()
    const saved: unknown = await (await app.get('/api/config')).json()
    expect(saved).toMatchObject({ defaultBackend: 'gpu', backends: [{ name: 'gpu', url: gpu.url }] })
  })

  test('a server on port 3003 of the same computer is offered', async ({ page, backend }) => {
    await backend({ port: 3003 })
    await page.goto('/config')
    await expect(page.getByText('A machine-learning server answers at http://localhost:3003')).toBeVisible()
    await page.getByRole('button', { name: 'Add this one' }).click()
    await expect(page.getByLabel('URL')).toHaveValue('http://localhost:3003')
    await save(page)
    await expect(card(page, 'local').getByText('Healthy', { exact: true })).toBeVisible()
  })
})

test.describe('backends', () => {
  test('health, figures and the last error are told and follow', async ({ page, app, pair }) => {
    await app.configure(configOf([pair.gpu, pair.nas], { defaultBackend: ['gpu', 'nas'] }))
    await page.goto('/config')
    const nas = await edit(page, 'nas')
    await expect(nas.getByText('Healthy', { exact: true })).toBeVisible()
    await expect(nas.getByRole('img', { name: /^Last (check|\d+ checks): \d+ good/ })).toBeVisible()
    await expect(nas.getByText(/0 requests · 0 failures/)).toBeVisible()
    await pair.nas.kill()
    await app.service.monitor.checkAll()
    await expect(nas.getByText('Off', { exact: true })).toBeVisible()
    await expect(nas.getByText('connection refused', { exact: true })).toBeVisible()
    await expect(nas.getByText(/^Unhealthy for \d+ s · /)).toBeVisible()
    await expect(page.getByRole('heading', { name: 'Everything still works' })).toBeVisible()
    await expect(page.getByText('nas is off; the others answer instead.')).toBeVisible()
    await pair.gpu.kill()
    await app.service.monitor.checkAll()
    await expect(page.getByRole('heading', { name: 'Something fails' })).toBeVisible()
    await expect(page.getByText('Everything fails: gpu and nas are off.')).toBeVisible()
    await page.getByText('In the proxy’s own words').click()
    await expect(page.getByText(/No healthy backend for the default backend/)).toBeVisible()
  })

  test('a test recognises the proxy itself, before saving', async ({ page, app, pair }) => {
    expect(pair.gpu.port).toBeGreaterThan(0)
    await page.goto('/config')
    await page.getByRole('button', { name: 'Add backend' }).click()
    const added = card(page, 'New backend')
    await expect(added.getByText('Unknown', { exact: true })).toBeVisible()
    await added.getByLabel('URL').fill(app.url)
    await added.getByRole('button', { name: 'Test' }).click()
    await expect(added.getByText(/leads back to the proxy itself/)).toBeVisible()
    await added.getByLabel('URL').fill('http://127.0.0.1:9')
    await added.getByRole('button', { name: 'Test' }).click()
    await expect(added.getByText(/It cannot be used: connection refused/)).toBeVisible()
  })

  test('routes follow a rename, are told of a removal, which can be undone', async ({ page, app, pair }) => {
    await app.configure(configOf([pair.gpu, pair.nas], { taskRouting: { clip: 'gpu', ocr: ['nas', 'gpu'] } }))
    await page.goto('/config')
    await (await edit(page, 'gpu')).getByLabel('Name').fill('workstation')
    await expect(route(page, 'Everything else')).toContainText('workstation.')
    await expect(page.getByRole('status')).toHaveText('1 change not saved yet.')
    await card(page, 'workstation').getByRole('button', { name: 'Remove' }).click()
    await expect(page.getByText(/workstation is removed; the default, clip and ocr named it/)).toBeVisible()
    await expect(route(page, 'Everything else')).toContainText('nas.')
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(route(page, 'Everything else')).toContainText('workstation.')
    await expect(route(page, 'Smart search')).toContainText('workstation.')
    await save(page)
    expect(await (await app.get('/api/config')).json()).toMatchObject({
      defaultBackend: 'workstation',
      taskRouting: { clip: 'workstation', ocr: ['nas', 'workstation'] },
    })
  })

  test('the order can be changed', async ({ page, app, pair }) => {
    await page.goto('/config')
    await edit(page, 'nas')
    await page.getByRole('button', { name: 'Move nas up' }).click()
    await save(page)
    const { backends } = (await (await app.get('/api/config')).json()) as { backends: { name: string }[] }
    expect(backends.map(({ name }) => name)).toEqual([pair.nas.name, pair.gpu.name])
  })

  test('limits, headers and a certificate are kept with the backend', async ({ page, app, pair }) => {
    await page.goto('/config')
    const gpu = await edit(page, 'gpu')
    await gpu.getByText('Limits, headers and certificate').click()
    await gpu.getByLabel('Time limit (seconds)').fill('30')
    await gpu.getByLabel('Most at once').fill('0')
    await gpu.getByRole('button', { name: 'Add header' }).click()
    await gpu.getByLabel('Header', { exact: true }).fill('Authorization')
    await gpu.getByLabel('Value').fill('Bearer secret')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(gpu.getByRole('alert')).toHaveText('Most at once must be a whole number from 1 to 1000')
    await expect(gpu.getByLabel('Most at once')).toBeFocused()
    await gpu.getByLabel('Most at once').fill('4')
    await save(page)
    expect(app.service.store.config.backends[0]).toEqual({
      name: 'gpu',
      url: pair.gpu.url,
      timeoutMs: 30_000,
      maxConcurrent: 4,
      headers: { Authorization: 'Bearer secret' },
    })
    // The value is not given out again, and stays when something else is saved.
    await expect(gpu.getByLabel('Value')).toHaveValue('••••••')
    await gpu.getByLabel('Most at once').fill('')
    await save(page)
    expect(app.service.store.config.backends[0]).toEqual({
      name: 'gpu',
      url: pair.gpu.url,
      timeoutMs: 30_000,
      headers: { Authorization: 'Bearer secret' },
    })
    await gpu.getByLabel('URL').fill('https://gpu.lan')
    await expect(gpu.getByLabel('Certificate authority (PEM, or the path of a file)')).toBeVisible()
  })

  test('a name with markup stays text', async ({ page, app, backend }) => {
    const name = '<img src=x onerror=alert(1)>'
    const evil = await backend({ name })
    await app.configure(configOf([evil], { taskRouting: { '<b>task</b>': name } }))
    await page.goto('/config')
    await expect(page.getByRole('group', { name, exact: true })).toBeVisible()
    await expect(page.locator('li.route').filter({ hasText: '<b>task</b>' })).toContainText(name)
    expect(await page.locator('main img:not(.state-icon)').count()).toBe(0)
  })
})

test.describe('routing', () => {
  test('lines set backends, share and what becomes of it while they are away, and say what happens', async ({
    page,
    app,
    pair,
  }) => {
    await page.goto('/config')
    await expect(route(page, 'Text in photos')).toContainText('as everything else: gpu')
    await answerBy(page, 'Text in photos', 'nas')
    await page.getByLabel('If they are away').selectOption('fallback')
    await expect(route(page, 'Text in photos')).toContainText('nas. If it is away: gpu.')
    await page.getByRole('button', { name: 'Change who answers Text in photos' }).click()
    await answerBy(page, 'Smart search', 'gpu', 'nas')
    await expect(route(page, 'Smart search')).toContainText(
      'gpu and nas, sharing by speed. If they are away, it fails.',
    )
    await page.getByLabel('How they share the work').selectOption('in-order')
    await expect(route(page, 'Smart search')).toContainText('gpu, then nas.')
    await page.getByLabel('If they are away').selectOption('wait')
    await expect(route(page, 'Smart search')).toContainText('If they are away, photos wait.')
    await page.getByRole('button', { name: 'nas earlier' }).press('Enter')
    await expect(route(page, 'Smart search')).toContainText('nas, then gpu.')
    await page
      .getByRole('listitem')
      .filter({ hasText: /^gpu$/ })
      .dragTo(page.getByRole('listitem').filter({ hasText: /^nas$/ }))
    await expect(route(page, 'Smart search')).toContainText('gpu, then nas.')
    await answerBy(page, 'Search words', 'nas')
    await page.getByLabel('Another row').fill('search')
    await page.getByRole('button', { name: 'Add row' }).click()
    await answerBy(page, 'search', 'gpu')
    await save(page)
    expect(await (await app.get('/api/config')).json()).toMatchObject({
      taskRouting: { ocr: 'nas', clip: { backends: ['gpu', 'nas'], share: 'in-order' }, search: 'gpu' },
      modelTypeRouting: { textual: 'nas' },
      taskRoutingPolicy: { ocr: 'fallback', clip: 'wait' },
    })
    await pair.nas.kill()
    await app.service.monitor.checkAll()
    await expect(route(page, 'Text in photos')).toContainText('nas is off, so gpu answers now.')
  })

  test('why: who answers a task now, and who is next', async ({ page, app, pair }) => {
    await app.configure(
      configOf([pair.gpu, pair.nas], {
        modelTypeRouting: { textual: 'nas' },
        modelTypeRoutingPolicy: { textual: 'fallback' },
      }),
    )
    await page.goto('/config')
    await page.getByRole('button', { name: 'Why? Smart search: search words' }).click()
    await expect(page.getByText('nas answers now, because of the row textual.')).toBeVisible()
    await expect(page.getByText('Next: gpu (the default).')).toBeVisible()
    await page.getByRole('button', { name: 'Why? Faces' }).click()
    await expect(page.getByText('gpu answers now, because of the default.')).toBeVisible()
  })

  test('several default backends share the work as is chosen', async ({ page, app, pair }) => {
    await page.goto('/config')
    await answerBy(page, 'Everything else', 'nas')
    await page.getByLabel('How they share the work').selectOption('in-order')
    await save(page)
    expect(app.service.store.config.defaultBackend).toEqual({
      backends: [pair.gpu.name, pair.nas.name],
      share: 'in-order',
    })
    await page.getByRole('button', { name: 'Remove nas', exact: true }).click()
    await save(page)
    expect(app.service.store.config.defaultBackend).toBe('gpu')
  })

  test('a backend that would do nothing is asked about', async ({ page, app, pair }) => {
    await page.goto('/config')
    const question = page.getByRole('group', { name: 'How backends share the work' })
    await expect(question.getByText('How should gpu and nas share the work?')).toBeVisible()
    await question.getByRole('button', { name: 'choose per task' }).click()
    await expect(question).toBeHidden()
    await expect(page.getByLabel('Add a backend for Everything else')).toBeFocused()
    await page.reload()
    await question.getByRole('button', { name: 'gpu first, nas when it is off' }).click()
    await expect(question).toBeHidden()
    await expect(page.getByText('gpu, then nas.').first()).toBeVisible()
    await save(page)
    expect(app.service.store.config.defaultBackend).toEqual({
      backends: [pair.gpu.name, pair.nas.name],
      share: 'in-order',
    })
  })

  test('a saved list of unlike backends is asked about, and slots are shown as they are learned', async ({
    page,
    app,
    backend,
  }) => {
    const [slow, fast] = [await backend({ name: 'slow', durationMs: 300 }), await backend({ name: 'fast' })]
    await app.configure(configOf([slow, fast], { defaultBackend: ['slow', 'fast'] }))
    for (let index = 0; index < 4; index++) await predict(app.url, JOBS.searchText, 'x')
    await app.service.monitor.checkAll()
    await page.goto('/config')
    await (await edit(page, 'fast')).getByText('Limits, headers and certificate').click()
    await expect(card(page, 'fast').getByLabel('Most at once')).toHaveAttribute(
      'placeholder',
      'automatic (2 now)',
    )
    const question = page.getByRole('group', { name: 'How backends share the work' })
    await expect(
      question.getByText(/^slow takes \d+ times as long as fast, and they take turns/),
    ).toBeVisible()
    await question.getByRole('button', { name: 'share by speed' }).click()
    await save(page)
    await expect(question).toBeHidden()
    expect(app.service.store.config.defaultBackend).toEqual({ backends: ['fast', 'slow'], share: 'by-speed' })
  })
})

test.describe('saving', () => {
  test('errors stand at their field and name what to do', async ({ page, app, pair }) => {
    await page.goto('/config')
    await page.getByRole('button', { name: 'Add backend' }).click()
    const added = card(page, 'New backend')
    await added.getByLabel('URL').fill('two words')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(added.getByLabel('Name')).toHaveAttribute('aria-invalid', 'true')
    await expect(added.getByLabel('Name')).toBeFocused()
    await expect(added.getByRole('alert')).toHaveText([
      'Name is empty; give the backend a name',
      /is not a URL; write for example http/,
    ])
    await added.getByLabel('Name').fill(pair.gpu.name)
    await expect(page.getByText('Name "gpu" is used twice; give each backend its own name')).toBeVisible()
    expect(app.service.store.config.backends).toHaveLength(2)
    await page.getByRole('button', { name: 'Discard' }).click()
    await expect(page.getByRole('status')).toContainText('discarded')
    await expect(page.getByRole('alert')).toHaveCount(0)
  })

  test('unknown keys survive', async ({ page, app, pair }) => {
    const backends = [{ name: 'gpu', url: pair.gpu.url, note: 'in the cellar' }]
    await app.configure({ defaultBackend: 'gpu', backends, theirs: { deep: [1, 2] } })
    await page.goto('/config')
    await answerBy(page, 'Text in photos', 'gpu')
    await save(page)
    expect(await (await app.get('/api/config')).json()).toMatchObject({ backends, theirs: { deep: [1, 2] } })
  })

  test('leaving with unsaved changes asks', async ({ page, pair }) => {
    expect(pair.gpu.name).toBe('gpu')
    await page.goto('/config')
    await (await edit(page, 'gpu')).getByLabel('Name').fill('other')
    await page.getByRole('link', { name: 'Debug' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Stay' }).click()
    await expect(card(page, 'other').getByLabel('Name')).toHaveValue('other')
    await page.getByRole('link', { name: 'Debug' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
    await expect(page.getByRole('switch', { name: 'Debug mode' })).toBeVisible()
    await page.goBack()
    await (await edit(page, 'gpu')).getByLabel('Name').fill('other')
    const asked = page.waitForEvent('dialog')
    await page.close({ runBeforeUnload: true })
    const dialog = await asked
    expect(dialog.type()).toBe('beforeunload')
    await dialog.accept()
  })

  test('somebody else’s save is told, not overwritten', async ({ page, app, pair }) => {
    await page.goto('/config')
    await (await edit(page, 'gpu')).getByLabel('Name').fill('mine')
    await app.configure(configOf([pair.gpu, pair.nas], { taskRouting: { ocr: 'nas' } }))
    const note = page.getByRole('alert').filter({ hasText: 'changed elsewhere' })
    await expect(note).toContainText('Route of ocr')
    await note.getByRole('button', { name: 'Load theirs, drop mine' }).click()
    await expect(note).toBeHidden()
    await expect(route(page, 'Text in photos')).toContainText('nas.')
    await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled()
    // Without changes of one's own the new state is simply there.
    await app.configure(configOf([pair.gpu, pair.nas], { taskRouting: { ocr: 'gpu' } }))
    await expect(route(page, 'Text in photos')).toContainText('gpu.')
  })

  test('a save that comes too late is refused and can be repeated', async ({
    page,
    app,
    pair,
    allowedErrors,
  }) => {
    allowedErrors.push(/status of 412/)
    await page.goto('/config')
    await (await edit(page, 'gpu')).getByLabel('Name').fill('mine')
    // The event is held back, as on a slow network.
    await page.context().route('**/api/config', async (route) => {
      if (route.request().method() === 'POST') {
        await app.service.saveConfig(configOf([pair.gpu, pair.nas], { taskRouting: { ocr: 'nas' } }))
      }
      await route.continue()
    })
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('The configuration was changed elsewhere')).toBeVisible()
    expect(app.service.store.config.backends[0]?.name).toBe('gpu')
    await page.context().unroute('**/api/config')
    await page.getByRole('button', { name: 'Keep mine, drop theirs' }).click()
    await save(page)
    expect(app.service.store.config.backends[0]?.name).toBe('mine')
  })

  test('import and export', async ({ page, pair }) => {
    await page.goto('/config')
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export' }).click()
    const file = await download
    expect(file.suggestedFilename()).toBe('config.json')
    const exported = JSON.parse(await readFile(await file.path(), 'utf8')) as { backends: object[] }
    expect(exported.backends).toHaveLength(2)
    const imported = { ...configOf([pair.nas]), taskRouting: { facial_recognition: 'nas' }, extra: true }
    const choose = async (text: string): Promise<void> => {
      const chooser = page.waitForEvent('filechooser')
      await page.getByRole('button', { name: 'Import' }).click()
      await (
        await chooser
      ).setFiles({ name: 'old.json', mimeType: 'application/json', buffer: Buffer.from(text) })
    }
    await choose('{ not json')
    await expect(page.getByRole('alert')).toContainText('old.json cannot be used: it is not JSON')
    await choose(JSON.stringify(imported))
    await expect(page.getByText('old.json is in the form now')).toBeVisible()
    await expect(route(page, 'Faces')).toContainText('nas.')
    await save(page)
    await expect(card(page, 'gpu')).toHaveCount(0)
  })
})

test.describe('the app', () => {
  test('a port that is taken is told; with another one the page points to the new address', async ({
    page,
    backend,
    allowedErrors,
  }) => {
    allowedErrors.push(/status of 409/, /ERR_|Failed to load resource/)
    const gpu = await backend({ name: 'gpu' })
    const [port, other] = [await freePort(), await freePort()]
    const moving = await startAtPort(port, gpu)
    try {
      await page.goto(`${moving.url}/config`)
      await page.getByLabel('Port').fill(String(gpu.port))
      await page.getByRole('button', { name: 'Save' }).click()
      await expect(page.getByRole('alert')).toContainText(`Port ${gpu.port} is already taken`)
      await page.getByLabel('Port').fill(String(other))
      await save(page)
      await page.getByRole('link', { name: `http://127.0.0.1:${other}/config` }).click()
      await expect(page.getByLabel('Port')).toHaveValue(String(other))
    } finally {
      await page.goto('about:blank')
      await moving.stop()
    }
  })

  test('the address for Immich can be copied, also without a clipboard API', async ({
    page,
    app,
    context,
  }) => {
    await context.grantPermissions(['clipboard-read'])
    await page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
    await page.goto('/config')
    await page.getByRole('button', { name: `Copy ${app.url}` }).click()
    await expect(page.getByText('Copied')).toBeVisible()
    await page.getByRole('button', { name: 'Add backend' }).click()
    await page.getByLabel('URL').press('ControlOrMeta+v')
    await expect(page.getByLabel('URL')).toHaveValue(app.url)
  })

  test('settings of the app are saved; launch at login only where there is a desktop', async ({
    page,
    app,
    pair,
  }) => {
    expect(pair.gpu.name).toBe('gpu')
    await page.goto('/config')
    await expect(page.getByLabel('Port')).toBeVisible()
    await expect(page.getByLabel('Launch at login')).toHaveCount(0)
    await page.getByLabel('Notifications').uncheck()
    await page.getByLabel('Port').fill('70000')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByRole('alert')).toHaveText('Port must be a whole number from 1 to 65535')
    await page.getByLabel('Port').fill('')
    await save(page)
    expect(app.service.store.config.app).toEqual({ notifications: false })
  })

  test('warnings stand on top', async ({ page, app }) => {
    // Broken by hand while the proxy runs: the last good configuration stays, and the page says so.
    await writeFile(app.service.store.file, '{ broken')
    await page.goto('/config')
    await expect(page.getByRole('list', { name: 'Warnings' })).toContainText(
      'config.json was changed by hand',
    )
  })

  test('a proxy that asks for a password is told as that', async ({ page, app }) => {
    await app.post('/api/auth/password', { password: 'correct horse' })
    await page.goto('/config')
    await expect(page.getByRole('form', { name: 'Log in' })).toBeVisible()
    await expect(page.getByRole('heading', { name: 'Configuration' })).toHaveCount(0)
  })
})
