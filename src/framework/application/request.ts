import type { InjectOptions } from 'light-my-request'
import type { Application } from './application'

/** What a request was answered with; a JSON body is parsed. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, number | string | string[] | undefined>>
  readonly body: unknown
}

/** Options of one request. An object as `body` is sent as JSON. */
export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
}

/** Asks an application in this process, through all of its middleware, without a port. */
export interface Requester {
  get(path: string, options?: RequestOptions): Promise<Answer>
  delete(path: string, options?: RequestOptions): Promise<Answer>
  post(path: string, body?: unknown, options?: RequestOptions): Promise<Answer>
  put(path: string, body?: unknown, options?: RequestOptions): Promise<Answer>
  patch(path: string, body?: unknown, options?: RequestOptions): Promise<Answer>
}

/** A requester for `app`: `await requester(app).get('/users')`. */
export function requester(app: Application): Requester {
  let handle: ReturnType<Application['callback']> | undefined
  const send = async (
    method: InjectOptions['method'],
    path: string,
    body: unknown,
    options: RequestOptions = {},
  ) => {
    const { inject } = await loadInject()
    handle ??= app.callback()
    const { headers = {}, query } = options
    const response = await inject(handle, {
      method: method ?? 'GET',
      url: path,
      headers,
      ...(query && { query }),
      ...(body !== undefined && { payload: body as InjectOptions['payload'] & {} }),
    })
    return { status: response.statusCode, headers: { ...response.headers }, body: parse(response) }
  }
  return {
    get: (path, options) => send('GET', path, undefined, options),
    delete: (path, options) => send('DELETE', path, undefined, options),
    post: (path, body, options) => send('POST', path, body, options),
    put: (path, body, options) => send('PUT', path, body, options),
    patch: (path, body, options) => send('PATCH', path, body, options),
  }
}

// Loaded by the first request: a console that asks nothing does not wait for it.
async function loadInject() {
  return require('light-my-request') as typeof import('light-my-request')
}

function parse(response: { headers: Record<string, unknown>; payload: string }): unknown {
  const json = /[/+]json\b/.test(String(response.headers['content-type']))
  return json ? JSON.parse(response.payload) : response.payload
}
