// A baseline: a simple and correct proxy of Express, multer in memory, and a new FormData for fetch, with the defaults
// of these libraries. It has no health checks, no failover, no limits and no records.
import express from 'express'
import multer from 'multer'

const port = Number(process.argv[2])
/** Task to backend URL; `default` takes the rest. @type {Record<string, string>} */
const routes = JSON.parse(process.argv[3] ?? '{}')

/**
 * The backends that are asked, each with the tasks it gets.
 * @param {Record<string, unknown>} entries
 */
function split(entries) {
  /** @type {Map<string, Record<string, unknown>>} */
  const groups = new Map()
  for (const [task, types] of Object.entries(entries)) {
    const url = routes[task] ?? routes['default'] ?? ''
    groups.set(url, { ...groups.get(url), [task]: types })
  }
  return groups
}

/**
 * @param {string} url
 * @param {Record<string, unknown>} entries
 * @param {{ text?: string }} fields
 * @param {Express.Multer.File | undefined} image
 */
async function ask(url, entries, fields, image) {
  const form = new FormData()
  form.append('entries', JSON.stringify(entries))
  if (image !== undefined) form.append('image', new Blob([new Uint8Array(image.buffer)]), image.originalname)
  else if (fields.text !== undefined) form.append('text', fields.text)
  const response = await fetch(`${url}/predict`, { method: 'POST', body: form })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return /** @type {object} */ (await response.json())
}

const app = express()
const upload = multer({ storage: multer.memoryStorage() })

app.get('/ping', (_request, response) => {
  response.type('text/plain').send('pong')
})

app.post('/predict', upload.single('image'), async (request, response) => {
  try {
    const groups = [...split(JSON.parse(request.body.entries))]
    const answers = await Promise.all(
      groups.map(([url, entries]) => ask(url, entries, request.body, request.file)),
    )
    response.json(Object.assign({}, ...answers))
  } catch (error) {
    response.status(502).json({ error: String(error) })
  }
})

app.listen(port, '127.0.0.1')
