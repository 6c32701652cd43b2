import pino, { type DestinationStream, type Logger } from 'pino'
import type { Application } from '../application'
import type { Served } from './middleware'

/**
 * Writes a line for each request that `app` answered and each of its own failures: JSON in
 * production, short text in development, nothing in test. Only the facts named here are written,
 * so no body, query string, cookie or Authorization can end up in a log.
 */
export function logRequests(app: Application): void {
  const log = createLog(app.config.NODE_ENV)
  app.on('served', ({ id, method, path, status, ms }: Served) => {
    log.info({ id, method, path, status, ms }, 'served')
  })
  app.on('error', (err: unknown, ctx?: { state: { id?: string } }) => {
    log.error({ id: ctx?.state.id, err }, 'failed')
  })
}

function createLog(environment: string): Logger {
  const options = { base: null, serializers: { err: facts } }
  if (environment === 'test') return pino({ enabled: false })
  return environment === 'development' ? pino(options, readable) : pino(options)
}

// Other properties of an error may hold anything, as the request or the row that it is about.
function facts(error: Error): object {
  const { type, message, stack } = pino.stdSerializers.err(error)
  return { type, message, stack }
}

/** One line of pino's as text for a person: `GET /users 200 3 ms`, or the stack of a failure. */
const readable: DestinationStream = {
  write(line) {
    const { method, path, status, ms, err } = JSON.parse(line)
    process.stdout.write(err ? `${err.stack}\n` : `${method} ${path} ${status} ${ms} ms\n`)
  },
}
