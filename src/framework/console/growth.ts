import type { Classifier, EndOfLineState } from 'typescript'
import { type Completeness, completeness } from './compile'

// Up to here an input is parsed anew with each of its lines.
const long = 50

/**
 * Tells when an input that grows line by line may run. Thousands of lines would take a minute if
 * each line had them all parsed, so a long input is parsed only where its brackets are closed.
 */
export class GrowingInput {
  #text = ''
  #nesting = new Nesting()

  /** @param source all lines so far; when it does not begin as before, it is another input */
  completeness(source: string): Completeness {
    if (!source.startsWith(this.#text)) {
      this.#text = ''
      this.#nesting = new Nesting()
    }
    for (const line of source.slice(this.#text.length).split('\n')) this.#nesting.add(line)
    this.#text = source
    if (this.#nesting.lines > long && this.#nesting.isOpen) return 'incomplete'
    return completeness(source)
  }
}

/** Follows how deep the brackets of a text are nested, line by line. */
class Nesting {
  lines = 0
  readonly #ts = require('typescript') as typeof import('typescript')
  readonly #classifier: Classifier = this.#ts.createClassifier()
  #state: EndOfLineState = this.#ts.EndOfLineState.None
  #depth = 0

  /** Whether a bracket, a template or a comment is open. */
  get isOpen(): boolean {
    return this.#depth > 0 || this.#state !== this.#ts.EndOfLineState.None
  }

  add(line: string): void {
    const found = this.#classifier.getClassificationsForLine(line, this.#state, true)
    let start = 0
    for (const { length, classification } of found.entries) {
      if (classification === this.#ts.TokenClass.Punctuation) {
        this.#depth += balance(line.slice(start, start + length))
      }
      start += length
    }
    this.#state = found.finalLexState
    this.lines += 1
  }
}

/** How many brackets a text opens, less those it closes. */
function balance(text: string): number {
  return text.replace(/[^([{]/g, '').length - text.replace(/[^)\]}]/g, '').length
}
