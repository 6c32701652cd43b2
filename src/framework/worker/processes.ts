import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Service } from '../program'
import { loadsTypeScript } from '../thread'

// Those that die young are not replaced at once, and each time a little later.
const youth = 2_000
const pauseForEach = 500
const longestPause = 10_000

/**
 * Runs a worker program in several processes, so that several cores are busy, and replaces each
 * that dies.
 *
 * @param file absolute path of the program; it is given `--member` and its number, from 1
 * @param say prints one line
 * @throws Error when one of them cannot start; the others are ended before
 */
export async function workerProcesses(
  file: string,
  count: number,
  say: (line: string) => void,
): Promise<Service> {
  const members = Array.from({ length: count }, (_, index) => new Member(file, index + 1, say))
  try {
    // The first one says what all of them are.
    for (const member of members) await member.start()
  } catch (error) {
    await Promise.all(members.map((member) => member.stop()))
    throw error
  }
  say(`${count} worker processes are ready. Press Ctrl-C to stop.`)
  return {
    stop: async () => {
      say('Stopping all worker processes. Press Ctrl-C again to put their jobs back.')
      await Promise.all(members.map((member) => member.stop()))
    },
    abort: async () => {
      await Promise.all(members.map((member) => member.abort()))
    },
  }
}

/** One of the processes, and those that come after it when it dies. */
class Member {
  readonly #file: string
  readonly #number: number
  readonly #say: (line: string) => void
  #child: ChildProcess | undefined
  #stopping = false
  #bornAt = 0
  #diedYoung = 0
  #timer: NodeJS.Timeout | undefined

  constructor(file: string, number: number, say: (line: string) => void) {
    this.#file = file
    this.#number = number
    this.#say = say
  }

  /** Resolves when it takes jobs. */
  async start(): Promise<void> {
    const child = this.#fork()
    const ended = once(child, 'exit').then(() => {
      throw new Error(`Worker process ${this.#number} ended before it took jobs; see above.`)
    })
    ended.catch(() => {})
    await Promise.race([once(child, 'message'), ended])
    child.once('exit', (code, signal) => this.#replace(child, code, signal))
  }

  /** Lets its jobs finish; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#timer)
    const child = this.#child
    if (!child || hasEnded(child)) return
    if (child.connected) child.send('shutdown')
    await once(child, 'exit')
  }

  /** Has its jobs put back: it was asked to stop before. */
  async abort(): Promise<void> {
    const child = this.#child
    if (!child || hasEnded(child)) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  }

  #fork(): ChildProcess {
    const member = ['--member', String(this.#number)]
    const child = fork(this.#file, member, { execArgv: loadsTypeScript })
    this.#child = child
    this.#bornAt = Date.now()
    return child
  }

  #replace(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#stopping) return
    const how = signal ? `was ended by ${signal}` : `exited with code ${code}`
    this.#say(`Worker process ${this.#number} (pid ${child.pid}) ${how}; another takes its place.`)
    this.#later()
  }

  #later(): void {
    this.#diedYoung = Date.now() - this.#bornAt < youth ? this.#diedYoung + 1 : 0
    const pause = Math.min(this.#diedYoung * pauseForEach, longestPause)
    this.#timer = setTimeout(() => {
      this.start().catch(() => {
        if (!this.#stopping) this.#later()
      })
    }, pause)
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
