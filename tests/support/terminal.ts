import { stripVTControlCharacters } from 'node:util'
import { type IPty, spawn } from 'node-pty'
import { loadsTypeScript } from '../../src/framework/thread'

/** A program in a real pseudo-terminal, with somebody who types and reads. */
export class Terminal {
  #received = ''
  readonly #pty: IPty
  readonly #ended: Promise<number>
  #hasEnded = false
  #changed = (): void => {}

  /** @param settings environment beside this process's own */
  constructor(file: string, settings: Record<string, string>, cwd: string, args: string[] = []) {
    const env = { ...process.env, ...settings, TERM: 'xterm-256color' } as Record<string, string>
    const command = [...loadsTypeScript, file, ...args]
    this.#pty = spawn(process.execPath, command, { cwd, env, cols: 100, rows: 40 })
    this.#pty.onData((text) => {
      this.#received += text
      this.#changed()
    })
    this.#ended = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode }) => {
        this.#hasEnded = true
        resolve(exitCode)
        this.#changed()
      })
    })
  }

  /** Everything on the screen so far, without colours and cursor movements. */
  get screen(): string {
    return stripVTControlCharacters(this.#received).replaceAll('\r', '')
  }

  /** Types keys; a line ends with `\r`. */
  type(keys: string): void {
    this.#pty.write(keys)
  }

  /** Types a line; resolves with what is printed for it, once there is a prompt again. */
  async ask(line: string): Promise<string> {
    const from = this.screen.length
    this.type(`${line}\r`)
    // Node 24 asks for more lines with a bar.
    await this.shows(/\n(> |\.\.\. |\| )$/, from)
    return this.screen.slice(from).split('\n').slice(1, -1).join('\n')
  }

  /** Resolves once the screen after `from` has it; rejects after 20 s, or when the program ends. */
  async shows(pattern: RegExp, from = 0): Promise<void> {
    const deadline = Date.now() + 20_000
    while (!pattern.test(this.screen.slice(from))) {
      if (this.#hasEnded || Date.now() > deadline) {
        throw new Error(`The screen does not show ${pattern}. It shows:\n${this.screen}`)
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now())
        this.#changed = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** The exit code, once the program has ended. */
  exit(): Promise<number> {
    return this.#ended
  }

  /** Ends the program if a test left it running. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) this.#pty.kill('SIGKILL')
    await this.#ended
  }
}
