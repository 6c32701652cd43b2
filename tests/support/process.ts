import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { loadsTypeScript } from '../../src/framework/thread'

const root = join(__dirname, '../..')

/** A program of the project in a process of its own, with what it has printed so far. */
export class Program {
  readonly child: ChildProcess
  /** Standard output and standard error, as they came. */
  output = ''
  readonly #ended: Promise<[number | null, NodeJS.Signals | null]>
  #printed = (): void => {}

  /**
   * @param file a TypeScript file, from the project's root
   * @param settings environment beside this process's own
   */
  constructor(file: string, settings: Record<string, string>, args: string[] = [], cwd = root) {
    const command = [...loadsTypeScript, file, ...args]
    this.child = spawn(process.execPath, command, { cwd, env: { ...process.env, ...settings } })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        this.#printed()
      })
    }
    this.#ended = once(this.child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
    void this.#ended.then(() => this.#printed())
  }

  /** Resolves with the match once the output has it; rejects after 30 s, or when the program ends. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = Date.now() + 30_000
    for (;;) {
      const match = pattern.exec(this.output)
      if (match) return match
      const ended = this.child.exitCode !== null || this.child.signalCode !== null
      if (ended || Date.now() > deadline) {
        throw new Error(`The program did not print ${pattern}. It printed:\n${this.output}`)
      }
      await this.#more(deadline - Date.now())
    }
  }

  #more(atMost: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, atMost)
      this.#printed = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** The exit code, once the program has ended; the signal's name when a signal ended it. */
  async exit(): Promise<number | string | null> {
    const [code, signal] = await this.#ended
    return code ?? signal
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name)
  }

  /** Ends the program if a test left it running. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL')
    await this.#ended
  }
}
