// Backends that take a fixed time, as models do: each reads the whole request, waits and answers a file.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

/** @type {{ port: number, delayMs: number, answerFile: string }[]} */
const backends = JSON.parse(process.argv[2] ?? '[]')

for (const { port, delayMs, answerFile } of backends) {
  const answer = readFileSync(answerFile)
  const server = createServer((request, response) => {
    if (request.url === '/ping') {
      response.writeHead(200, { 'content-type': 'text/plain' }).end('pong')
      return
    }
    request.resume().once('end', () => {
      setTimeout(() => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length })
        response.end(answer)
      }, delayMs)
    })
  })
  server.listen(port, '127.0.0.1')
}
