import { dirname } from 'node:path'
import { inspect } from 'node:util'
import { AtelierError } from '../errors'
import { fromStored, type Json, toStored } from './values'

// What stands between the worker's start and the task in a stack.
const between = [dirname(__dirname), 'node_modules/agenda', '(node:']

/** An error as it is stored with its job. */
export interface StoredError {
  readonly name: string
  readonly message: string
  /** The worker's stack, at the lines of the .ts files. */
  readonly stack: string
  /** Own properties that can be stored, such as `code`. */
  readonly properties: { readonly [key: string]: Json }
}

/** What a task threw, as an Error: Agenda reads `message` of whatever it is given. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  return new Error(`A task threw ${inspect(thrown)}, which is no Error.`, { cause: thrown })
}

/** Takes down what another process needs to throw the error again. */
export function storeError(error: Error): StoredError {
  return {
    name: error.name || error.constructor.name,
    message: wording(error),
    stack: withCauses(error),
    properties: storableProperties(error),
  }
}

/**
 * The task's own error: the same message, stack and properties. Built-in classes come back as
 * themselves, so `instanceof RangeError` holds; others as Error with their name.
 */
export function reviveError(stored: StoredError): Error {
  const builtIn = builtIns.find((candidate) => candidate.name === stored.name)
  const error = new (builtIn ?? errorClass(stored.name))(stored.message)
  const properties = fromStored(stored.properties as Json) as Record<string, unknown>
  Object.assign(error, properties)
  for (const [key, value] of Object.entries({ name: stored.name, stack: stored.stack })) {
    Object.defineProperty(error, key, {
      value,
      configurable: true,
      writable: true,
      enumerable: false,
    })
  }
  return error
}

const builtIns = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]
/** A class of this name, so that the error prints as it did in the worker. */
function errorClass(name: string): ErrorConstructor {
  const named = class extends Error {}
  Object.defineProperty(named, 'name', { value: name })
  return named as unknown as ErrorConstructor
}

const described = ['name', 'message', 'stack', 'cause']

function withCauses(error: Error, above: readonly Error[] = []): string {
  const head = `${error.name}: ${wording(error)}`
  const stack = ownFrames(String(error.stack ?? head)).replace(
    `${error.name}: ${error.message}`,
    head,
  )
  const { cause } = error
  if (!(cause instanceof Error) || above.includes(cause) || cause === error) return stack
  return `${stack}\n[cause]: ${withCauses(cause, [...above, error])}`
}

/** An error of ours also says what to do next. */
function wording(error: Error): string {
  return error instanceof AtelierError ? error.paragraph : error.message
}

/** Without the frames between the worker and the task. */
function ownFrames(stack: string): string {
  const lines = stack.split('\n')
  const isFrame = (line: string) => /^\s+at /.test(line)
  const foreign = (line: string) => isFrame(line) && between.some((place) => line.includes(place))
  return lines.filter((line) => !foreign(line)).join('\n')
}

function storableProperties(error: Error): Record<string, Json> {
  const entries = Object.entries(error).flatMap(([key, value]) => {
    if (described.includes(key)) return []
    try {
      return [[key, toStored(value, key)]]
    } catch {
      return []
    }
  })
  return Object.fromEntries(entries) as Record<string, Json>
}
