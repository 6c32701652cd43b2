import { constants } from 'node:os'
import { inspect } from 'node:util'
import { AtelierError } from './errors'

/** What a program started and goes on running until somebody asks it to end. */
export interface Service {
  /** Finishes what is in flight, then ends everything. */
  stop(): Promise<void>
  /** Ends everything at once: called when a second signal comes while `stop` still waits. */
  abort?(): Promise<void>
}

// `npm` passes on the Ctrl-C that the terminal has sent to its child already, so one key press
// arrives twice within moments.
const samePress = 200

/**
 * Runs a program from its start to its exit code. An AtelierError is one paragraph on stderr, any
 * other error its stack, and both exit with 1. The first SIGINT or SIGTERM stops the service and
 * exits with 0, the second aborts it and exits as the signal would, a third does not wait. To a
 * parent with a channel it says 'ready', and it stops on 'shutdown' or when the parent is gone.
 *
 * @param start what the program does; its own imports belong inside, where their errors are
 *   caught. It returns what is to go on running, or nothing when the program has done its work.
 */
export async function runProgram(start: () => Promise<Service | void>): Promise<void> {
  endWithoutReader()
  const ending = new Ending()
  try {
    // Not before the program's file is loaded to its end, so that it may call this at its top.
    const service = await Promise.resolve().then(start)
    if (!service) return ending.finish()
    ending.abort = async () => service.abort?.()
    if (service.abort) abortOnFailure(ending)
    process.send?.('ready', undefined, undefined, () => {})
    await ending.asked
    await service.stop()
    if (!ending.forced) process.exit(0)
  } catch (error) {
    fail(error)
  }
}

/** Hears of everything that asks the program to end, and counts the signals. */
class Ending {
  /** Settles when the program is first asked to end. */
  readonly asked: Promise<void>
  /** The code to exit with after a second signal; undefined until then. */
  forced: number | undefined
  abort = async (): Promise<void> => {}
  #since: number | undefined
  #ask = (): void => {}

  constructor() {
    this.asked = new Promise((resolve) => {
      this.#ask = resolve
    })
    process.on('SIGINT', this.#count).on('SIGTERM', this.#count)
    process.on('message', this.#hear).on('disconnect', this.#begin)
  }

  /** For a program that has done its work and ends by itself. */
  finish(): void {
    process.off('SIGINT', this.#count).off('SIGTERM', this.#count)
    process.off('message', this.#hear).off('disconnect', this.#begin)
  }

  #begin = (): void => {
    this.#since ??= performance.now()
    this.#ask()
    // The parent learns from this that the program is on its way out.
    if (process.connected) process.disconnect()
  }

  #hear = (message: unknown): void => {
    if (message === 'shutdown') this.#begin()
  }

  #count = (signal: NodeJS.Signals): void => {
    if (this.#since === undefined) return this.#begin()
    if (performance.now() - this.#since < samePress) return
    if (this.forced !== undefined) process.exit(this.forced)
    void this.force(128 + constants.signals[signal])
  }

  /** Aborts the service and exits with `code`. */
  async force(code: number): Promise<void> {
    this.forced = code
    await this.abort().catch(print)
    process.exit(code)
  }
}

// What nobody caught leaves a program in a state that nobody knows: it ends, but loses no job.
function abortOnFailure(ending: Ending): void {
  const end = (error: unknown) => {
    print(error)
    void ending.force(1)
  }
  process.once('uncaughtException', end).once('unhandledRejection', end)
}

function fail(error: unknown): void {
  print(error, () => process.exit(1))
}

function print(error: unknown, done = () => {}): void {
  const text = error instanceof AtelierError ? error.paragraph : inspect(error)
  process.stderr.write(`${text}\n`, done)
}

// Whoever read our output is gone, as in `npm start | head -1`: end as SIGPIPE would end us.
function endWithoutReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit(128 + constants.signals.SIGPIPE)
    })
  }
}
