import { STATUS_CODES } from 'node:http'
import {
  DuplicateError,
  type InvalidValue,
  JobNotFoundError,
  NotFoundError,
  NotStorableError,
  StoreUnavailableError,
  TaskArgumentsError,
  ValidationError,
} from '../errors'

/** What every error is answered with: RFC 9457, as `application/problem+json`. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** The request's id, as in its `X-Request-Id`. */
  readonly instance: string
  /** Each value that is not valid and where it is; never the value itself. */
  readonly errors?: readonly InvalidValue[]
  /** In development only, for what is our own failure. */
  readonly stack?: string
}

/** The part of a problem that the error alone decides. */
interface Verdict {
  status: number
  detail?: string
  errors?: readonly InvalidValue[]
}

/**
 * Turns any thrown value into a problem. What is our own failure (500 and up) is described in
 * development only: elsewhere it might tell a stranger what is inside.
 *
 * @param instance the request's id
 * @param environment the application's NODE_ENV
 */
export function problemOf(error: unknown, instance: string, environment: string): Problem {
  const { status, errors, detail = title(status) } = judge(error)
  const problem = { type: 'about:blank', title: title(status), status, detail, instance }
  if (status < 500) return { ...problem, ...(errors && { errors }) }
  if (environment === 'development') return { ...problem, ...inside(error) }
  return { ...problem, detail: ownFailure[status] ?? ownFailure[500] }
}

const ownFailure: Readonly<Record<number, string>> & { 500: string } = {
  500: 'The server failed to answer this request. Its log says more, under this request id.',
  503: 'Something that this application needs does not answer. Try again in a moment.',
}

function title(status: number): string {
  return STATUS_CODES[status] ?? 'Unknown Error'
}

function inside(error: unknown): { detail: string; stack?: string } {
  if (!(error instanceof Error)) return { detail: String(error) }
  return { detail: error.message, ...(error.stack && { stack: error.stack }) }
}

function judge(error: unknown): Verdict {
  if (error instanceof ValidationError) return invalid(error)
  if (error instanceof DuplicateError) return duplicate(error)
  if (error instanceof NotFoundError) return { status: 404, detail: error.message }
  // The error's own sentence names the job store, which is nobody's business outside.
  if (error instanceof JobNotFoundError) return { status: 404, detail: 'No job has this id.' }
  if (error instanceof TaskArgumentsError || error instanceof NotStorableError) {
    return { status: 422, detail: error.message }
  }
  if (error instanceof StoreUnavailableError) return { status: 503 }
  return isHttpError(error) ? thrown(error) : { status: 500 }
}

function invalid({ errors }: ValidationError): Verdict {
  const count = errors.length === 1 ? 'One value is' : `${errors.length} values are`
  return { status: 422, detail: `${count} not valid.`, errors }
}

function duplicate({ message, columns }: DuplicateError): Verdict {
  const taken = { msg: 'is already taken', type: 'unique' }
  const errors = columns.map((name) => ({ loc: ['body', name], ...taken }))
  return { status: 409, detail: message, errors }
}

/** What `ctx.throw()` makes. */
interface HttpError extends Error {
  readonly status: number
  readonly expose: boolean
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Whether this was made by `ctx.throw()`, told by its shape: several libraries carry their own copy
 * of http-errors. A bare `status` is not enough, since clients of other services put the status
 * that they were answered with there.
 */
export function isHttpError(error: unknown): error is HttpError {
  if (!(error instanceof Error)) return false
  const { status, statusCode, expose } = error as Error & Record<string, unknown>
  return typeof expose === 'boolean' && typeof status === 'number' && status === statusCode
}

function thrown(error: HttpError): Verdict {
  return error.expose ? { status: error.status, detail: error.message } : { status: error.status }
}
