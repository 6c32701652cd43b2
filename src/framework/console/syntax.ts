import type * as TypeScript from 'typescript'

/** Why a cell does not parse. */
export interface Failure {
  /** Counts from 1 in the cell. */
  readonly line: number
  readonly problem: string
  /** Whether the input is right so far and only ends too early. */
  readonly incomplete: boolean
}

/**
 * Says why swc refused `source`. TypeScript's own parser is asked, because its errors have exact
 * places and familiar words; what only swc refuses is told in swc's words.
 */
export function explain(source: string, refusal: unknown): Failure {
  const ts = require('typescript') as typeof import('typescript')
  const [first] = parseDiagnostics(ts, source)
  if (!first) return { ...refusalOf(refusal), incomplete: false }
  const line = source.slice(0, first.start).split('\n').length
  const problem = ts.flattenDiagnosticMessageText(first.messageText, ' ')
  return {
    line,
    problem,
    incomplete: first.start >= source.length && !neverContinued.includes(first.code),
  }
}

// Strings and regular expressions end with their line, so another line cannot complete them.
const neverContinued = [1002, 1161]

function parseDiagnostics(
  ts: typeof TypeScript,
  source: string,
): readonly TypeScript.DiagnosticWithLocation[] {
  const file = ts.createSourceFile(
    'cell.ts',
    source,
    ts.ScriptTarget.ES2022,
    false,
    ts.ScriptKind.TS,
  )
  return (file as unknown as { parseDiagnostics: TypeScript.DiagnosticWithLocation[] })
    .parseDiagnostics
}

/** swc says `x Sentence` and draws the place below, as in `,-[cell.ts:3:1]`. */
function refusalOf(refusal: unknown): { line: number; problem: string } {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: swc colours its messages
  const text = String((refusal as Error).message).replace(/\x1b\[\d+m/g, '')
  const problem = /^\s*[x×] (.*)/m.exec(text)?.[1] ?? text.split('\n')[0] ?? ''
  return { line: Number(/\[cell\.ts:(\d+):/.exec(text)?.[1] ?? 1), problem }
}
