import { bodyParser } from '@koa/bodyparser'
import type { RouterContext } from '@koa/router'

const parse = bodyParser({
  enableTypes: ['json'],
  // Merged into the parser's list by position: its own first entry stays as it is.
  extendTypes: { json: ['application/json', '+json'] },
  parsedMethods: ['POST', 'PUT', 'PATCH', 'DELETE'],
  jsonLimit: '1mb',
  // A number or a text alone is JSON as well: whether it is welcome is for the schema to say.
  jsonStrict: false,
  encoding: 'utf-8',
})

/**
 * Reads the JSON body of a request, at most 1 MB after decompression.
 *
 * @returns undefined when there is none
 * @throws HttpError 400 malformed JSON or compression, 413 too large, 415 another content type,
 *   charset or compression
 */
export async function readBody(ctx: RouterContext): Promise<unknown> {
  if (!ctx.request.length && !ctx.get('transfer-encoding')) return undefined
  refuseOtherTypes(ctx)
  try {
    await parse(ctx, async () => {})
  } catch (error) {
    refuse(ctx, error)
  }
  return ctx.request.body
}

// The parser skips what it does not know and leaves an empty body, so that is caught here.
function refuseOtherTypes(ctx: RouterContext): void {
  const charset = ctx.request.charset.toLowerCase()
  if (!ctx.is('json', '+json') || !['', 'utf-8', 'utf8'].includes(charset)) {
    ctx.throw(415, 'Expected a body of type application/json in UTF-8.')
  }
}

/** Says in our words why a body was not read: the parser's quote what the client sent. */
function refuse(ctx: RouterContext, error: unknown): never {
  const { status, message } = error as { status?: number; message: string }
  if (status === 413) ctx.throw(413, 'The body is larger than 1 MB.')
  if (status === 415) ctx.throw(415, 'Expected a body as it is, or in gzip, deflate or br.')
  if (status === undefined) ctx.throw(400, 'The body cannot be decompressed.')
  if (!(error instanceof SyntaxError)) throw error
  const poisoned = message.includes('forbidden prototype')
  ctx.throw(400, poisoned ? 'The body has a key __proto__.' : 'The body is not valid JSON.')
}
