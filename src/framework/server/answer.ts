import { randomUUID } from 'node:crypto'
import type { Context } from 'koa'
import type { Application } from '../application'
import { isHttpError, problemOf } from './problems'

/** The media type of every error. */
export const problemType = 'application/problem+json'

/**
 * Answers a failed request with a problem, in place of Koa's plain text. It is the last word on
 * every error: of middleware, of a handler, of a body that cannot be turned into JSON. After a
 * stream that breaks Koa has cut the connection, so that is only reported.
 *
 * @param error what was thrown; Koa also calls with `null`, when a response ends well
 */
export function answerError(this: Context, error: unknown): void {
  if (error === null || error === undefined) return
  const app = this.app as unknown as Application
  const problem = problemOf(error, this.state.id ?? randomUUID(), app.config.NODE_ENV)
  const tooLate = this.headerSent || !this.writable
  if (problem.status >= 500 && !(tooLate && isDeparture(error))) {
    app.emit('error', asError(error), this)
  }
  if (tooLate) return
  resetHeaders(this, error)
  const text = JSON.stringify(problem)
  this.status = problem.status
  this.set({ 'content-type': problemType, 'content-length': String(Buffer.byteLength(text)) })
  this.res.end(text)
  discardRest(this)
}

/** What a response fails with when its client has gone away, which is no failure of ours. */
function isDeparture(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(String(code))
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(`Thrown, but no Error: ${String(error)}`)
}

/** Takes back what the handler said of a body that will not come, such as its type and its age. */
function resetHeaders(ctx: Context, error: unknown): void {
  const kept = { ...ctx.state.headers, ...(isHttpError(error) && error.headers) }
  for (const name of ctx.res.getHeaderNames()) ctx.remove(name)
  ctx.set(kept)
}

// A body left unread, as one over the limit is, would hold up its connection for ever: closing it
// instead would often destroy the answer on its way to a client that is still sending.
function discardRest(ctx: Context): void {
  ctx.req.unpipe()
  ctx.req.resume()
}
