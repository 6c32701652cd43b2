import { inspect, types } from 'node:util'
import { AtelierError, CellInterruptedError, CellSyntaxError } from '../errors'
import { ownFrames, withoutEngine } from './frames'

/** How to show: with colours or without, and how wide. Default: no colours, 80 columns. */
export interface Look {
  readonly colors?: boolean
  readonly columns?: number | undefined
}

// More than anybody reads at a prompt; an object with a million keys would freeze the terminal.
const longest = 100_000

/** A value as text. Never throws, and runs none of the value's getters. */
export function showValue(value: unknown, look: Look = {}): string {
  return cut(withoutEngine(inspected(value, look) ?? unshowable(value)))
}

/**
 * What was thrown, as text: our own errors as one paragraph and the lines of the user that led to
 * it, others with their stack in the user's TypeScript and their causes. Never throws.
 */
export function showError(error: unknown, look: Look = {}): string {
  // Some drivers make errors that are none to V8; and a proxy may throw when it is asked.
  const isError = types.isNativeError(error) || attempt(() => error instanceof Error)
  if (!isError) return `Uncaught ${showValue(error, look)}`
  return cut(attempt(() => ownError(error as Error)) ?? showValue(error, look))
}

function inspected(value: unknown, { colors = false, columns = 80 }: Look): string | undefined {
  const options = { colors, breakLength: columns }
  // The value's own way to show itself may fail; each attempt asks less of it.
  const attempts = [{}, { customInspect: false }, { customInspect: false, depth: 0 }]
  for (const less of attempts) {
    const text = attempt(() => inspect(value, { ...options, ...less }))
    if (text !== undefined) return text
  }
  return undefined
}

function unshowable(value: unknown): string {
  return `[${typeof value} that cannot be shown]`
}

/** The errors that are shown in a way of their own. */
function ownError(error: Error): string | undefined {
  if (error instanceof CellSyntaxError) return `SyntaxError: ${error.message}`
  if (error instanceof CellInterruptedError) return error.paragraph
  if (error instanceof AtelierError) {
    return [paragraph(error), ...ownFrames(error.stack ?? '')].join('\n')
  }
  return typeof error.stack === 'string' ? undefined : Error.prototype.toString.call(error)
}

function paragraph(error: AtelierError): string {
  const { name, cause } = error
  const text = `${name}: ${error.paragraph}`
  const reason = cause instanceof Error ? cause.message : ''
  return reason && !text.includes(reason) ? `${text}\n  [cause]: ${cause}` : text
}

/** What `read` returns, or undefined when it throws: a thrown object may hold traps of any kind. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

function cut(text: string): string {
  const more = text.length - longest
  return more > 0 ? `${text.slice(0, longest)}… ${more} more characters` : text
}
