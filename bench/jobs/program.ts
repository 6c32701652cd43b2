import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'
import { interruption } from './interruption'
import { clock, type Line } from './lines'

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

const startLimit = 60_000
const stopLimit = 60_000

/** A program that is measured: asked on its stdin, heard on its stdout. */
export class Program {
  readonly spawnedAt = clock()
  readonly #child: ChildProcess
  readonly #heard = new EventEmitter()
  readonly #unheard = new Map<string, unknown>()
  #complaint = ''
  #ended: Error | undefined

  private constructor({ program, args, env }: Command) {
    this.#child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      // A group of its own, so that the children of a worker can be ended with it.
      detached: true,
    })
    this.#child.on('error', (error) => this.#end(error.message))
    this.#child.on('close', (code, signal) => this.#end(`ended with ${code ?? signal}`))
    // What it could not be told is told by its end.
    this.#child.stdin?.on('error', () => {})
    this.#child.stderr?.on('data', (text) => {
      this.#complaint = `${this.#complaint}${text}`.slice(-1_000)
    })
    if (!this.#child.stdout) return
    const lines = createInterface({ input: this.#child.stdout })
    lines.on('line', (line) => this.#hear(JSON.parse(line) as Line))
  }

  /** Resolves when the program says that it is ready. */
  static async start(command: Command): Promise<Program> {
    const program = new Program(command)
    try {
      await program.hears('ready', startLimit)
    } catch (error) {
      await program.stop()
      throw error
    }
    return program
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /**
   * What the program says under this key, or has said already.
   *
   * @throws what it complains of, or that it ended or says nothing within `limit` ms
   */
  async hears(key: string, limit: number): Promise<unknown> {
    if (this.#unheard.has(key)) {
      const value = this.#unheard.get(key)
      this.#unheard.delete(key)
      return value
    }
    if (this.#ended) throw this.#ended
    const late = AbortSignal.timeout(limit)
    const signal = AbortSignal.any([late, interruption])
    try {
      const [value] = (await once(this.#heard, key, { signal })) as [unknown]
      return value
    } catch (error) {
      throw late.aborted ? new Error(`no '${key}' within ${limit / 1_000} s`) : error
    }
  }

  ask(op: string, count: number, limit: number): Promise<unknown> {
    this.#child.stdin?.write(`${JSON.stringify({ op, count })}\n`)
    return this.hears('reply', limit)
  }

  /** Ends it and whatever it started. */
  async stop(): Promise<void> {
    if (this.#ended) return
    const closed = once(this.#child, 'close')
    this.#child.stdin?.end()
    const force = setTimeout(() => this.#kill(), stopLimit)
    await closed
    clearTimeout(force)
  }

  #hear({ key, value }: Line): void {
    if (key === 'error') this.#fail(new Error(String(value)))
    else if (!this.#heard.emit(key, value)) this.#unheard.set(key, value)
  }

  #end(how: string): void {
    this.#ended ??= new Error(`${this.#child.spawnargs.join(' ')} ${how}\n${this.#complaint}`)
    this.#fail(this.#ended)
  }

  #fail(error: Error): void {
    if (this.#heard.listenerCount('error') > 0) this.#heard.emit('error', error)
  }

  #kill(): void {
    try {
      process.kill(-this.pid, 'SIGKILL')
    } catch {
      // It ended in between.
    }
  }
}
