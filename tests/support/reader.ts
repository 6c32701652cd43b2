import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Conversation } from './conversation'
import { Program } from './process'

const run = promisify(execFile)

/** What goes on running when it is started: its file, and what it prints when it is ready. */
const programs: Record<string, [file: string, ready: RegExp]> = {
  agenda: ['src/worker.ts', /^Ready\.|are ready\./m],
  start: ['src/server.ts', /job store/],
}

/** Somebody who reads a document and does what it says in one folder: at a shell and at a prompt. */
export class Reader {
  readonly #folder: string
  readonly #settings: Record<string, string>
  /** What is running, by the name of its script. */
  readonly #running = new Map<string, Program>()
  #prompt: Conversation | undefined

  private constructor(folder: string, settings: Record<string, string>) {
    this.#folder = folder
    this.#settings = settings
  }

  /** A reader whose shell has no settings; only the port must not meet somebody else's. */
  static async in(folder: string): Promise<Reader> {
    return new Reader(folder, { NODE_ENV: 'development', PORT: String(await freePort()) })
  }

  /** @param path from the project's folder */
  async write(path: string, text: string): Promise<void> {
    const file = join(this.#folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }

  /** Starts what goes on running, anew when it runs already; runs what ends by itself. */
  async start(command: string): Promise<void> {
    if (command === 'npm ci') return this.#assertInstallable()
    if (command === 'npm run repl') return this.#openPrompt()
    const [, name = '', options = ''] = /^npm (?:run )?(\w+)(?: -- (.*))?$/.exec(command) ?? []
    const program = programs[name]
    if (!program) return void (await this.shell(command))
    await this.#stop(name)
    const [file, ready] = program
    const started = this.#program(file, options.split(' ').filter(Boolean))
    this.#running.set(name, started)
    await started.printed(ready)
  }

  /** What a command prints, on either stream. */
  async shell(command: string): Promise<string> {
    const here = command.replaceAll(':3000', `:${this.#settings.PORT}`)
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env
    const options = { cwd: this.#folder, env: { ...environment, ...this.#settings } }
    const { stdout } = await run('sh', ['-c', `exec 2>&1\n${here}`], options)
    return stdout
  }

  /** What the prompt prints for a line, once it has settled. */
  ask(line: string): Promise<string> {
    assert.ok(this.#prompt, 'no prompt is open')
    return this.#prompt.ask(line)
  }

  /** Ends everything that is running. */
  async leave(): Promise<void> {
    await this.#prompt?.end()
    for (const program of this.#running.values()) {
      program.signal('SIGINT')
      await program.exit()
    }
  }

  async #openPrompt(): Promise<void> {
    await this.#prompt?.end()
    this.#prompt = new Conversation(this.#program('repl.ts'))
    // What it says before its first line is no answer.
    await this.#prompt.ask('')
  }

  async #stop(name: string): Promise<void> {
    const program = this.#running.get(name)
    if (!program) return
    program.signal('SIGINT')
    assert.equal(await program.exit(), 0)
  }

  /** What `npm ci` asks before it installs: that the lock file fits package.json. */
  async #assertInstallable(): Promise<void> {
    const options = ['ci', '--dry-run', '--ignore-scripts', '--offline']
    await run('npm', options, { cwd: this.#folder })
  }

  #program(file: string, options: string[] = []): Program {
    return new Program(file, this.#settings, options, this.#folder)
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
