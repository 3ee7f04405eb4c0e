/** A configuration that uses every kind of route, for the tests of its schema and of how a posted one is completed. */

export const VALID_CONFIG = {
  defaultBackend: 'gpu',
  backends: [
    { name: 'gpu', url: 'http://192.168.1.20:3003' },
    { name: 'nas', url: 'http://nas:3003' },
  ],
  taskRouting: { clip: 'nas', 'facial-recognition': ['gpu', 'nas'] },
  modelTypeRouting: { textual: 'nas' },
  taskRoutingPolicy: { clip: 'fallback' },
  modelTypeRoutingPolicy: { textual: 'strict' },
}
