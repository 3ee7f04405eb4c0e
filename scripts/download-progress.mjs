// Loaded before Electron's own installer (`node --import`): reports the progress of its download to the parent process.

const wrapped = globalThis.fetch

/** @param {Parameters<typeof fetch>} args */
globalThis.fetch = async (...args) => {
  const response = await wrapped(...args)
  if (response.body === null) return response
  const length = Number(response.headers.get('content-length'))
  const total = Number.isFinite(length) && length > 0 ? length : undefined
  let received = 0
  const counted = response.body.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        received += chunk.byteLength
        process.send?.({ received, total })
        controller.enqueue(chunk)
      },
    }),
  )
  return new Response(counted, response)
}
