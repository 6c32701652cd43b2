import { clearScreenDown, cursorTo } from 'node:readline'
import type { REPLServer } from 'node:repl'
import type { Keys } from './keys'

/** What is said at the terminal beside the values of cells. */
export class Screen {
  readonly #server: REPLServer
  readonly #keys: Keys
  #hasPrompt = true

  constructor(server: REPLServer, keys: Keys) {
    this.#server = server
    this.#keys = keys
    server.once('exit', () => {
      this.#hasPrompt = false
    })
  }

  /** Says something above the prompt, if one is there, and leaves what is being typed as it is. */
  say(text: string): void {
    const { output } = this.#server
    if (this.#keys.held || !this.#hasPrompt) return void output.write(`${text}\n`)
    cursorTo(output, 0)
    clearScreenDown(output)
    output.write(`${text}\n`)
    this.#server.displayPrompt(true)
  }

  /** Asks, yes or no. All but a yes is a no: an empty line, Ctrl-C and Ctrl-D too. */
  ask(question: string): Promise<boolean> {
    const { output } = this.#server
    output.write(`${question} [y/N] `)
    let answer = ''
    return new Promise((resolve) => {
      const end = (isYes: boolean) => {
        this.#keys.giveTo(undefined)
        output.write('\n')
        resolve(isYes)
      }
      this.#keys.giveTo((text = '', { name = '', ctrl }) => {
        if (name === 'return' || name === 'enter') return end(/^\s*y(es)?\s*$/i.test(answer))
        if (ctrl && /^[cd]$/.test(name)) return end(false)
        const { rest, echo } = typed(answer, text, name)
        answer = rest
        output.write(echo)
      })
    })
  }
}

/** What one key makes of a line, and how that is shown. */
function typed(line: string, text: string, key: string): { rest: string; echo: string } {
  if (key === 'backspace') return { rest: line.slice(0, -1), echo: line === '' ? '' : '\b \b' }
  // Arrows and the like type control characters.
  return /^\P{C}+$/u.test(text) ? { rest: line + text, echo: text } : { rest: line, echo: '' }
}
