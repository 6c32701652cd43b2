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
export function showValue(value: unknown, { colors = false, columns = 80 }: Look = {}): string {
  const attempts = [{}, { customInspect: false }, { customInspect: false, depth: 0 }]
  for (const attempt of attempts) {
    try {
      return cut(inspect(value, { colors, breakLength: columns, ...attempt }))
    } catch {
      // The value's own way to show itself failed; the next attempt asks less of it.
    }
  }
  return `[a ${typeof value} that cannot be shown]`
}

/**
 * What was thrown, as text: our own errors as one paragraph and the lines of the user that led to
 * it, others with their stack in the user's TypeScript and their causes. Never throws.
 */
export function showError(error: unknown, look: Look = {}): string {
  try {
    if (error instanceof CellSyntaxError) return `SyntaxError: ${error.message}`
    if (error instanceof CellInterruptedError) return error.paragraph
    if (error instanceof AtelierError)
      return [paragraph(error), ...ownFrames(error.stack ?? '')].join('\n')
  } catch {
    // A proxy that throws when it is asked what it is.
  }
  const text = showValue(error, look)
  return types.isNativeError(error) ? withoutEngine(text) : `Uncaught ${text}`
}

function paragraph(error: AtelierError): string {
  const { name, cause } = error
  const text = `${name}: ${error.paragraph}`
  const reason = cause instanceof Error ? cause.message : ''
  return reason && !text.includes(reason) ? `${text}\n  [cause]: ${cause}` : text
}

function cut(text: string): string {
  const more = text.length - longest
  return more > 0 ? `${text.slice(0, longest)}… ${more} more characters` : text
}
