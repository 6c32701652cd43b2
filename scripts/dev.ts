import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { basename, dirname, relative, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { watch } from 'chokidar'
import { runProgram, type Service } from '../src/framework/program'
import { loadsTypeScript } from '../src/framework/thread'

const root = dirname(__dirname)
const watched = ['src', 'migrations', '.env', 'knexfile.ts', 'package.json']

// Saves closer together than this are one change, as when an editor saves all files.
const quiet = 100
// A server that does not begin to end within this time hangs, and still holds its port.
const patience = 300
const lastRequests = 11_000

void runProgram(develop)

/** `npm run dev`: serves the application, and again after each saved change. */
async function develop(): Promise<Service> {
  const server = new ServerProcess()
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(root, { cwd: root, ignoreInitial: true, ignored: isIgnored })
  watcher.on('all', (_, path) => {
    clearTimeout(timer)
    timer = setTimeout(() => server.restart(path), quiet)
  })
  await once(watcher, 'ready')
  server.start()
  return {
    async stop() {
      clearTimeout(timer)
      await Promise.all([server.end(), watcher.close()])
    },
    async abort() {
      server.kill()
    },
  }
}

/** The folder itself is watched, so that a file such as .env may also appear later. */
function isIgnored(path: string): boolean {
  const [top = ''] = relative(root, path).split(sep)
  const leftover = /^\.|~$/.test(basename(path)) && basename(path) !== '.env'
  return path !== root && (leftover || !watched.includes(top))
}

/** The server in a process of its own, and the next one waiting with its libraries loaded. */
class ServerProcess {
  #child: ChildProcess | undefined
  #next: ChildProcess | undefined
  #turn = Promise.resolve()
  readonly #leaving = new Set<ChildProcess>()
  readonly #ready = new WeakSet<ChildProcess>()

  start(): void {
    const child = this.#next ?? this.#fork()
    this.#next = undefined
    this.#child = child
    child.once('message', () => {
      this.#ready.add(child)
      if (this.#child === child) this.#next ??= this.#fork()
    })
    child.send('start', () => {})
  }

  /** Starts the new code while the old process still finishes its requests. */
  restart(path: string): void {
    this.#turn = this.#turn.then(async () => {
      console.log(`\n${path} changed. Restarting…`)
      if (path === 'package.json') this.#dismissNext()
      await this.#retire()
      this.start()
    })
  }

  /** Ends the server and waits for its last requests. */
  async end(): Promise<void> {
    await this.#turn
    this.#dismissNext()
    await this.#retire()
    await Promise.all([...this.#leaving].map((child) => once(child, 'exit')))
  }

  kill(): void {
    for (const child of [this.#child, this.#next, ...this.#leaving]) child?.kill('SIGKILL')
  }

  #fork(): ChildProcess {
    const execArgv = loadsTypeScript
    const child = fork('scripts/dev-server.ts', { cwd: root, execArgv })
    child.once('exit', (code, signal) => this.#ended(child, signal ?? `exit code ${code}`))
    return child
  }

  #dismissNext(): void {
    this.#next?.kill('SIGKILL')
    this.#next = undefined
  }

  /** Has the process give up its port and finish; one that is not up yet, or hangs, is killed. */
  async #retire(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child) return
    this.#leaving.add(child)
    setTimeout(() => child.kill('SIGKILL'), lastRequests).unref()
    const heard = this.#ready.has(child) && (await hears(child))
    if (!heard) child.kill('SIGKILL')
    if (!heard) await once(child, 'exit')
  }

  #ended(child: ChildProcess, how: string): void {
    this.#leaving.delete(child)
    if (this.#next === child) this.#next = undefined
    if (this.#child !== child) return
    this.#child = undefined
    this.#next ??= this.#fork()
    console.log(`The server ended with ${how}. Waiting for a change…`)
  }
}

/** Asks a process to shut down; whether it took note in time. */
async function hears(child: ChildProcess): Promise<boolean> {
  if (!child.connected) return true
  const noted = once(child, 'disconnect').then(() => true)
  child.send('shutdown', () => {})
  return Promise.race([noted, sleep(patience, false, { ref: false })])
}
