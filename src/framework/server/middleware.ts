import { randomUUID } from 'node:crypto'
import type { RouterContext } from '@koa/router'
import type { Context, Next } from 'koa'
import helmet from 'koa-helmet'
import type { Application } from '../application'
import { answerError } from './answer'

/** What the event `served` of an application tells of a request, once it is answered. */
export interface Served {
  readonly id: string
  readonly method: string
  /** Without the query string, which may hold what is nobody's business. */
  readonly path: string
  readonly status: number
  readonly ms: number
}

/**
 * Puts the Koa stack on `app`, in order. Every error is answered as a problem; what is our own
 * failure is emitted as `error`, and every answered request as `served`.
 */
export function mount(app: Application): void {
  app.silent = app.config.NODE_ENV === 'test'
  app.context.onerror = answerError
  app.use((_, next) => app.run(next))
  app.use(identify)
  app.use(announce)
  app.use(helmet())
  app.use(rememberHeaders)
  app.use(refuseBadPath)
  app.use(nameSilence)
  for (const { routes } of app.features) if (routes) app.use(routes.router().routes())
}

/** Gives each request an id, the client's own where it is harmless, and answers with it. */
function identify(ctx: Context, next: Next): Promise<void> {
  const given = ctx.get('x-request-id')
  ctx.state.id = /^[\w-]{1,64}$/.test(given) ? given : randomUUID()
  ctx.set('x-request-id', ctx.state.id)
  return next()
}

// Told at the end of the response, since Koa decides the last of it after all middleware.
function announce(ctx: Context, next: Next): Promise<void> {
  const start = performance.now()
  ctx.res.once('close', () => {
    const { method, path, status, state } = ctx
    const ms = Math.round(performance.now() - start)
    ctx.app.emit('served', { id: state.id, method, path, status, ms } satisfies Served)
  })
  return next()
}

// What is set until here also goes with an error; what a handler sets after it does not.
function rememberHeaders(ctx: Context, next: Next): Promise<void> {
  ctx.state.headers = ctx.res.getHeaders()
  return next()
}

// The router would hand a path such as /users/%FF to its handler undecoded.
function refuseBadPath(ctx: Context, next: Next): Promise<void> {
  try {
    decodeURIComponent(ctx.path)
  } catch {
    ctx.throw(400, 'The path is not valid percent-encoded UTF-8.')
  }
  return next()
}

/** Finds words for an error status without a body: no route here, or none for this method. */
async function nameSilence(context: Context, next: Next): Promise<void> {
  const ctx = context as RouterContext
  await next()
  if (ctx.status < 400 || ctx.body) return
  if (ctx.routeMatched || ctx.status !== 404) ctx.throw(ctx.status)
  const methods = allowedMethods(ctx)
  if (methods.length === 0) ctx.throw(404, 'There is nothing at this path.')
  const allow = methods.join(', ')
  if (ctx.method === 'OPTIONS') {
    ctx.status = 204
    ctx.set({ allow })
  } else {
    ctx.throw(405, `This path knows only ${allow}.`, { headers: { allow } })
  }
}

/** The methods of every route with this path; empty when no route has it. */
function allowedMethods(ctx: RouterContext): string[] {
  const layers: readonly { methods: string[] }[] = ctx.matched ?? []
  const methods = layers.flatMap((layer) => layer.methods)
  return methods.length === 0 ? [] : [...new Set([...methods, 'OPTIONS'])].sort()
}
