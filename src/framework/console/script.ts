import { setImmediate as nextTurn } from 'node:timers/promises'
import { CellSyntaxError } from '../errors'
import { cellsOf, type InputCell } from './cells'
import { showError, showValue } from './inspect'
import type { Lines } from './lines'
import type { Outcome, Session } from './session'

/** Where a script comes from and where what it shows goes. */
export interface ScriptStreams {
  readonly lines: Lines
  /** What error messages call the input, as in `stdin`. */
  readonly name: string
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

/**
 * The front end for an input that is no terminal: runs it cell by cell, each once the one before
 * has settled, and shows values as the terminal would. The first error ends it.
 *
 * @returns the exit code: 1 after an error, else 0
 */
export async function runScript(
  session: Session,
  { lines, name, out, err }: ScriptStreams,
): Promise<number> {
  const strays: unknown[] = []
  session.on('stray', (error) => strays.push(error))
  let line = 1
  const stuck = () => err(`${name}:${line}: This line waits for something that can never come.\n`)
  process.once('beforeExit', stuck)
  try {
    for await (const cell of cellsOf(lines)) {
      line = cell.line
      const outcome = await runCell(session, cell, name)
      if ('error' in outcome) return fail(outcome.error)
      if (outcome.shown) out(`${showValue(outcome.value)}\n`)
      // A rejection that nobody catches is known a turn later.
      await nextTurn()
      if (strays.length > 0) return fail(strays[0])
    }
    return 0
  } finally {
    process.off('beforeExit', stuck)
  }

  function fail(error: unknown): number {
    err(`${name}:${lineOf(error, name) ?? line}: ${showError(error)}\n`)
    return 1
  }
}

async function runCell(session: Session, cell: InputCell, name: string): Promise<Outcome> {
  if (!cell.unfinished) return session.run(cell.source, { file: name, line: cell.line })
  return { error: new CellSyntaxError(cell.line, 'What begins on this line has no end.') }
}

/** The line of the input that an error is on: its own for a syntax error, else its first frame's. */
function lineOf(error: unknown, name: string): number | undefined {
  if (error instanceof CellSyntaxError) return error.line
  const stack = error instanceof Error ? String(error.stack) : ''
  const frame = stack.split('\n').find((each) => each.includes(`${name}:`) && /^\s+at /.test(each))
  const number = frame?.split(`${name}:`)[1]
  return number === undefined ? undefined : Number.parseInt(number, 10)
}
