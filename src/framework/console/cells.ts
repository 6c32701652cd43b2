import { completeness } from './compile'
import { GrowingInput } from './growth'
import { continues, isBlank, type Lines } from './lines'

/** One cell of an input, and where it is in there. */
export interface InputCell {
  readonly source: string
  /** The line that it begins on, from 1. */
  readonly line: number
  /** Whether the input ended before the cell did. */
  readonly unfinished: boolean
}

/** Cuts an input into cells, each handed over as soon as it is complete. */
export async function* cellsOf(lines: Lines): AsyncGenerator<InputCell> {
  const input = new GrowingInput()
  let collected: string[] = []
  let number = 0
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    number += 1
    if (collected.length === 0 && isBlank(line)) continue
    collected.push(line)
    const source = collected.join('\n')
    if (continues(lines.upcoming()) || input.completeness(source) === 'incomplete') continue
    yield { source, line: number - collected.length + 1, unfinished: false }
    collected = []
  }
  if (collected.length === 0) return
  const source = collected.join('\n')
  const unfinished = completeness(source) === 'incomplete'
  yield { source, line: number - collected.length + 1, unfinished }
}
