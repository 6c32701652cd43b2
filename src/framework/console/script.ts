import { setImmediate as nextTurn } from 'node:timers/promises'
import { CellSyntaxError } from '../errors'
import { cellsOf, type InputCell } from './cells'
import { type ConsoleCommand, runCall } from './commands'
import { showError, showValue } from './inspect'
import type { Lines } from './lines'
import type { Outcome, Session } from './session'

/** Where a script comes from, what it may call, and where what it shows goes. */
export interface ScriptStreams {
  readonly lines: Lines
  readonly commands?: readonly ConsoleCommand[]
  /** What error messages call the input, as in `stdin`. */
  readonly name: string
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

/**
 * The front end for an input that is no terminal: runs it cell by cell, each once the one before
 * has settled, and shows values as the terminal would. Commands have nobody to ask. The first error
 * ends it.
 *
 * @returns the exit code: 1 after an error, else 0
 */
export async function runScript(
  session: Session,
  { lines, commands, name, out, err }: ScriptStreams,
): Promise<number> {
  const strays: unknown[] = []
  session.on('stray', (error) => strays.push(error))
  for await (const cell of cellsOf(lines, commands)) {
    const failed = (error: unknown) =>
      err(`${name}:${lineOf(error, name, cell)}: ${showError(error)}\n`)
    const outcome = await runCell(session, cell, name, out)
    if ('error' in outcome) {
      failed(outcome.error)
      return 1
    }
    if (outcome.shown) out(`${showValue(outcome.value)}\n`)
    // A rejection that nobody catches is known a turn later.
    await nextTurn()
    strays.forEach(failed)
    if (strays.length > 0) return 1
  }
  return 0
}

async function runCell(
  session: Session,
  cell: InputCell,
  name: string,
  out: (text: string) => void,
): Promise<Outcome> {
  if (cell.call) return runCall(cell.call, { say: (line) => out(`${line}\n`), ask: undefined })
  if (!cell.unfinished) return session.run(cell.source, { file: name, line: cell.line })
  return { error: new CellSyntaxError(cell.line, 'What begins on this line has no end.') }
}

/** The line of the input that an error is on: its own, its first frame's, or else the cell's. */
function lineOf(error: unknown, name: string, cell: InputCell): number {
  if (error instanceof CellSyntaxError) return error.line
  const stack = error instanceof Error ? String(error.stack) : ''
  const frame = stack.split('\n').find((line) => line.includes(`${name}:`) && /^\s+at /.test(line))
  const number = frame?.split(`${name}:`)[1]
  return number === undefined ? cell.line : Number.parseInt(number, 10)
}
