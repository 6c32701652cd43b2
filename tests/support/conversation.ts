import type { Program } from './process'

/** Talks to a console over its standard input: one line in, what it prints for it out. */
export class Conversation {
  readonly #program: Program
  #asked = 0

  constructor(program: Program) {
    this.#program = program
  }

  /** What the console prints for this line, once it has settled. */
  async ask(line: string): Promise<string> {
    const from = this.#program.output.length
    const mark = `settled-${++this.#asked}`
    // The console runs a line only when the one before has settled, so this one prints afterwards.
    this.#program.child.stdin?.write(`${line}\nconsole.log('${mark}')\n`)
    await this.#program.printed(new RegExp(`^${mark}$`, 'm'))
    return this.#program.output.slice(from).replace(new RegExp(`^${mark}\n`, 'm'), '')
  }

  /** Ends the input, as Ctrl-D does; resolves with the exit code. */
  async end(): Promise<number | string | null> {
    this.#program.child.stdin?.end()
    return this.#program.exit()
  }
}
