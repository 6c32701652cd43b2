import Router, { type RouterContext } from '@koa/router'
import type { Static, TSchema } from 'typebox'
import type { InvalidValue } from '../errors'
import { ValidationError } from '../errors'
import { validate } from '../validation'
import { readBody } from './body'

/** What a route takes and answers; what is left out is not read. */
export interface RouteSchemas {
  /** Parts of the path, as in `/:id`; text is turned into the declared type. */
  params?: TSchema
  /** The query string; text is turned into the declared type. */
  query?: TSchema
  /** The JSON body, at most 1 MB. */
  body?: TSchema
  /** The status of a successful answer. Default 200, or 204 when the handler returns nothing. */
  status?: number
}

type Part<S, K extends keyof RouteSchemas> =
  S extends Record<K, infer T extends TSchema> ? Static<T> : undefined

/** What a handler is given: the checked parts of the request, and Koa's context for the rest. */
export interface RouteInput<S extends RouteSchemas> {
  readonly params: Part<S, 'params'>
  readonly query: Part<S, 'query'>
  readonly body: Part<S, 'body'>
  readonly ctx: RouterContext
}

/** Answers a request: what it returns becomes the JSON body. */
export type RouteHandler<S extends RouteSchemas> = (input: RouteInput<S>) => unknown

/** Refuses a misspelt part, as `cookies` for `query`: a generic type alone takes any key. */
type Known<S> = Readonly<Record<Exclude<keyof S, keyof RouteSchemas>, never>>

/** One declared route. */
export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  readonly path: string
  readonly schemas: RouteSchemas
  readonly handler: RouteHandler<RouteSchemas>
}

/** The routes of a feature, under one prefix. Declaring them does nothing until they are mounted. */
export class Routes {
  readonly prefix: string
  readonly declared: Route[] = []

  /** @param prefix path before each route, such as `/users`; empty for the root */
  constructor(prefix = '') {
    this.prefix = prefix
  }

  get<const S extends RouteSchemas>(
    path: string,
    schemas: S & Known<S>,
    handler: RouteHandler<S>,
  ): this {
    return this.#declare('get', path, schemas, handler)
  }

  post<const S extends RouteSchemas>(
    path: string,
    schemas: S & Known<S>,
    handler: RouteHandler<S>,
  ): this {
    return this.#declare('post', path, schemas, handler)
  }

  put<const S extends RouteSchemas>(
    path: string,
    schemas: S & Known<S>,
    handler: RouteHandler<S>,
  ): this {
    return this.#declare('put', path, schemas, handler)
  }

  patch<const S extends RouteSchemas>(
    path: string,
    schemas: S & Known<S>,
    handler: RouteHandler<S>,
  ): this {
    return this.#declare('patch', path, schemas, handler)
  }

  delete<const S extends RouteSchemas>(
    path: string,
    schemas: S & Known<S>,
    handler: RouteHandler<S>,
  ): this {
    return this.#declare('delete', path, schemas, handler)
  }

  /** A router that serves these routes. */
  router(): Router {
    const router = new Router({ prefix: this.prefix, strict: false })
    for (const { method, path, schemas, handler } of this.declared) {
      router[method](path, (ctx) => answer(ctx, schemas, handler))
    }
    return router
  }

  #declare<S extends RouteSchemas>(
    method: Route['method'],
    path: string,
    schemas: S,
    handler: RouteHandler<S>,
  ): this {
    this.declared.push({
      method,
      path,
      schemas,
      handler: handler as unknown as RouteHandler<RouteSchemas>,
    })
    return this
  }
}

async function answer(
  ctx: RouterContext,
  schemas: RouteSchemas,
  handler: RouteHandler<RouteSchemas>,
): Promise<void> {
  const input = await readInput(ctx, schemas)
  const result = await inPlace(() => handler({ ...input, ctx } as RouteInput<RouteSchemas>))
  if (result !== undefined) ctx.body = result
  // 404 is what Koa begins with: the handler has neither answered nor set a status itself.
  const silent = ctx.body === undefined && ctx.status === 404
  if (schemas.status || silent) ctx.status = schemas.status ?? 204
}

/** A model's error names columns; to the client these are parts of the body that it sent. */
async function inPlace<T>(handle: () => T): Promise<Awaited<T>> {
  try {
    return await handle()
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    const errors = error.errors.map((one) => ({ ...one, loc: ['body', ...one.loc] }))
    throw new ValidationError('The request', errors)
  }
}

/** Reads and checks every part, so that one answer names the mistakes of all of them. */
async function readInput(ctx: RouterContext, schemas: RouteSchemas) {
  const errors: InvalidValue[] = []
  const check = (schema: TSchema | undefined, value: unknown, part: string, coerce: boolean) => {
    try {
      return schema && validate(schema, value, part, { coerce })
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error
      errors.push(...error.errors)
      return undefined
    }
  }
  const params = check(schemas.params, { ...ctx.params }, 'path', true)
  const query = check(schemas.query, { ...ctx.query }, 'query', true)
  const body = check(schemas.body, schemas.body && (await readBody(ctx)), 'body', false)
  if (errors.length > 0) throw new ValidationError('The request', errors)
  return { params, query, body }
}
