import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { problemType } from './answer'
import { problemOf } from './problems'

const refusals: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: [431, 'The headers are larger than 16 kB.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions are too large.'],
}

/** Answers what is no HTTP, too slow or too long with a problem, before any application sees it. */
export function refuseMalformed(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable || isAnswering(socket)) return void socket.destroy()
  const [status, detail] = refusals[error.code ?? ''] ?? [400, 'This is not a valid HTTP request.']
  const id = randomUUID()
  const refusal = Object.assign(new Error(detail), { status, statusCode: status, expose: true })
  const problem = problemOf(refusal, id, 'production')
  const text = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${status} ${problem.title}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    `X-Request-Id: ${id}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy())
}

/** Whether part of another answer is already on its way, which a second one would corrupt. */
function isAnswering(socket: Duplex): boolean {
  return Boolean((socket as { _httpMessage?: ServerResponse })._httpMessage?.headersSent)
}
