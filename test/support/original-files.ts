/** The shapes of config.json that the original and its fork write. */
import type { Config } from '../../src-shared/config/schema.ts'

const NAS = { name: 'nas', url: 'http://nas:3003' }
const GPU = { name: 'gpu', url: 'http://gpu:3003' }
const BASE = { defaultBackend: 'nas', backends: [NAS, GPU] }

/** What they write, what is in force of it, and what is told. */
export const ORIGINAL_FILES: [string, object, Partial<Config>, RegExp?][] = [
  ['of its first version', { ...BASE, taskRouting: { clip: 'gpu' } }, { taskRouting: { clip: 'gpu' } }],
  ['without a route', { ...BASE, taskRouting: null }, { taskRouting: {} }],
  ['without a type', { ...BASE, taskRouting: {}, modelTypeRouting: null }, { modelTypeRouting: {} }],
  [
    'all maps null',
    {
      ...BASE,
      taskRouting: null,
      modelTypeRouting: null,
      taskRoutingPolicy: null,
      modelTypeRoutingPolicy: null,
    },
    { taskRouting: {}, taskRoutingPolicy: {} },
  ],
  ['without backends', { defaultBackend: '', backends: null, taskRouting: {} }, { backends: [] }],
  [
    'the old spelling',
    { ...BASE, taskRouting: { facial_recognition: 'gpu' } },
    { taskRouting: { facial_recognition: 'gpu' } },
  ],
  [
    'both spellings that agree',
    { ...BASE, taskRouting: { facial_recognition: 'gpu', 'facial-recognition': 'gpu' } },
    { taskRouting: { 'facial-recognition': 'gpu' } },
    /^taskRouting\.facial_recognition is the same as "facial-recognition", which is used$/,
  ],
  [
    'both spellings that disagree: the one that Immich sends',
    { ...BASE, taskRouting: { facial_recognition: 'nas', 'facial-recognition': 'gpu' } },
    { taskRouting: { 'facial-recognition': 'gpu' } },
    /^taskRouting\.facial_recognition is the same as "facial-recognition"/,
  ],
  [
    'a task to a backend that is gone',
    { ...BASE, taskRouting: { clip: 'old', ocr: 'gpu' } },
    { taskRouting: { ocr: 'gpu' } },
    /^taskRouting\.clip "old" is not a backend and is left out; the default backend is used$/,
  ],
  [
    'a type to a backend that is gone',
    { ...BASE, modelTypeRouting: { visual: 'old', textual: 'gpu' } },
    { modelTypeRouting: { textual: 'gpu' } },
    /^modelTypeRouting\.visual "old" is not a backend and is left out; the route of the task/,
  ],
  [
    'two backends of one name: the first',
    { ...BASE, backends: [NAS, GPU, { name: 'gpu', url: 'http://other:3003' }] },
    { backends: [NAS, GPU] },
    /^backends\[2\]\.name "gpu" is used twice; the first one is used$/,
  ],
  [
    'no default',
    { ...BASE, defaultBackend: '', taskRouting: { clip: 'gpu' } },
    { defaultBackend: '', taskRouting: { clip: 'gpu' } },
    /^defaultBackend is not set; what no route names is not served$/,
  ],
  [
    'a default that is gone',
    { ...BASE, defaultBackend: 'old' },
    { defaultBackend: '' },
    /^defaultBackend "old" is not a backend and is left out; defaultBackend is not set/,
  ],
  ['an empty route', { ...BASE, taskRouting: { search: '' } }, { taskRouting: { search: '' } }],
  [
    'policies, an empty one too',
    { ...BASE, taskRouting: { clip: 'gpu' }, taskRoutingPolicy: { clip: 'fallback', ocr: '' } },
    { taskRoutingPolicy: { clip: 'fallback', ocr: 'strict' } },
  ],
  [
    'spaces around names, which the page of the original leaves',
    { defaultBackend: 'nas ', backends: [{ ...NAS, name: ' nas' }, GPU], taskRouting: { clip: ' gpu ' } },
    { defaultBackend: 'nas', taskRouting: { clip: 'gpu' } },
  ],
  [
    'a backend without a scheme',
    { ...BASE, backends: [NAS, { name: 'gpu', url: 'gpu:3003' }], taskRouting: { clip: 'gpu' } },
    { backends: [NAS], taskRouting: { clip: 'gpu' } },
    /^backends\[1\]\.url "gpu:3003" is not an http or https URL/,
  ],
  [
    'the map of the fork',
    { ...BASE, modelTypeFallback: { visual: 'nas' }, modelTypeRouting: { visual: 'gpu' } },
    { modelTypeRouting: { visual: 'gpu' } },
    /^modelTypeFallback comes from a fork and is not used; list both backends/,
  ],
  ['the map of the fork, empty', { ...BASE, modelTypeFallback: null }, {}],
  ['nothing', {}, { backends: [] }],
]
