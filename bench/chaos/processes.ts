import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { loadsTypeScript } from '../../src/framework/thread'
import { moment } from './ledger'

/** What a child process tells of itself. */
export interface News {
  readonly event: string
  readonly [key: string]: unknown
}

const startLimit = 60_000
const keptOutput = 4_000

/** The children that have not ended. */
const alive = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

/** A program of this folder in a process of its own. */
export class Child {
  /** When it was told to die, by `moment()`. */
  killedAt: number | undefined
  readonly news: News[] = []
  readonly #process: ChildProcess
  readonly #exit: Promise<number | NodeJS.Signals>
  #output = ''
  #ready = false
  #heard = (): void => {}

  /**
   * @param file in this folder, without its ending
   * @param environment beside that of this process
   */
  constructor(file: string, environment: Record<string, string>, args: readonly string[] = []) {
    this.#process = fork(join(__dirname, `${file}.ts`), args, {
      execArgv: loadsTypeScript,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    alive.add(this.#process)
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (text) => {
        this.#output = `${this.#output}${text}`.slice(-keptOutput)
      })
    }
    this.#process.on('message', (message: News | 'ready') => this.#hear(message))
    this.#exit = once(this.#process, 'exit').then(([code, signal]) => {
      alive.delete(this.#process)
      this.#heard()
      return code ?? signal
    })
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** Resolves when the program says that it is ready. */
  async ready(): Promise<this> {
    await this.#until(() => this.#ready, startLimit, 'be ready')
    return this
  }

  /** The next thing that it told under this name and nobody has taken yet. */
  async told(event: string, limit: number): Promise<News> {
    const index = () => this.news.findIndex((news) => news.event === event)
    await this.#until(() => index() >= 0, limit, `tell '${event}'`)
    const [found] = this.news.splice(index(), 1)
    return found as News
  }

  tell(message: News): void {
    this.#process.send(message, () => {})
  }

  signal(name: NodeJS.Signals): void {
    if (name === 'SIGKILL') this.killedAt = moment()
    this.#process.kill(name)
  }

  /** The exit code, or the signal that ended it, once it has ended. */
  exit(): Promise<number | NodeJS.Signals> {
    return this.#exit
  }

  /** Has it end in good order, or after `limit` ms in any. @returns its exit code or signal */
  async stop(limit = 20_000): Promise<number | NodeJS.Signals> {
    this.#process.kill('SIGTERM')
    const force = setTimeout(() => this.signal('SIGKILL'), limit)
    const code = await this.#exit
    clearTimeout(force)
    return code
  }

  #hear(message: News | 'ready'): void {
    if (message === 'ready') this.#ready = true
    else this.news.push(message)
    this.#heard()
  }

  async #until(done: () => boolean, limit: number, what: string): Promise<void> {
    const deadline = Date.now() + limit
    while (!done()) {
      const ended = this.#process.exitCode !== null || this.#process.signalCode !== null
      if (ended || Date.now() > deadline) {
        const why = ended ? 'it ended' : `${limit} ms passed`
        throw new Error(`A child process did not ${what}: ${why}. It printed:\n${this.#output}`)
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now() + 1)
        this.#heard = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
}
