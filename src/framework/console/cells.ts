import { type CommandCall, type ConsoleCommand, callIn, goesOn } from './commands'
import { completeness } from './compile'
import { GrowingInput } from './growth'
import { isBlank, type Lines } from './lines'

/** One cell of an input, and where it is in there. */
export interface InputCell {
  readonly source: string
  /** The line that it begins on, from 1. */
  readonly line: number
  /** Whether the input ended before the cell did. */
  readonly unfinished: boolean
  /** The command that it is, when it is no TypeScript. */
  readonly call?: CommandCall
}

/** Cuts an input into cells and commands, each handed over as soon as it is complete. */
export async function* cellsOf(
  lines: Lines,
  commands: readonly ConsoleCommand[] = [],
): AsyncGenerator<InputCell> {
  const input = new GrowingInput()
  let collected: string[] = []
  let number = 0
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    number += 1
    if (collected.length === 0 && isBlank(line)) continue
    const call = collected.length === 0 ? callIn(line, commands) : undefined
    collected.push(line)
    const source = collected.join('\n')
    const isOpen = () =>
      goesOn(lines.upcoming(), commands) || input.completeness(source) === 'incomplete'
    if (!call && isOpen()) continue
    yield { source, line: number - collected.length + 1, unfinished: false, ...(call && { call }) }
    collected = []
  }
  if (collected.length === 0) return
  const source = collected.join('\n')
  const unfinished = completeness(source) === 'incomplete'
  yield { source, line: number - collected.length + 1, unfinished }
}
