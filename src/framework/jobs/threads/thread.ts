import type { Worker } from 'node:worker_threads'
import { SoftTimeLimitError, ThreadLostError, TimeLimitError } from '../../errors'
import { startThread } from '../../thread'
import type { Ending } from '../results'
import { endingOf } from '../run'
import type { RunningJob } from '../running'
import { milliseconds } from '../schedule'
import type { Order, Report, ThreadSource } from './messages'

const leavesWithin = 1_000

/** One thread that has the application loaded and runs one job at a time. */
export class Thread {
  readonly #worker: Worker
  readonly #ready: Promise<void>
  /** Settles, as a rejection, when the thread ends. */
  readonly #lost: Promise<never>
  #ended = false

  constructor(source: ThreadSource) {
    this.#worker = startThread(require.resolve('./program'), source)
    this.#lost = new Promise((_, reject) => {
      this.#worker.once('error', reject)
      this.#worker.once('exit', (code) => {
        this.#ended = true
        reject(new Error(`it exited with code ${code}`))
      })
    })
    this.#lost.catch(() => {})
    this.#ready = Promise.race([this.#heard('ready').then(() => {}), this.#lost])
    this.#ready.catch(() => {})
  }

  /** Whether it can run another job. */
  get usable(): boolean {
    return !this.#ended
  }

  /** Runs the task of a job, and ends the whole thread when that is the only way to stop the task. */
  async run(running: RunningJob): Promise<Ending> {
    const { task, job, current } = running
    const progress = (report: Report) => {
      if (report.kind === 'progress') current.progress(report.percent).catch(() => {})
    }
    const limit = () => this.#limit(current.signal.reason)
    const timer = new Timer()
    try {
      await running.unlessRevoked(this.#ready)
      this.#worker.on('message', progress)
      current.signal.addEventListener('abort', limit)
      running.begin()
      this.#say({ kind: 'run', job })
      const ended = this.#heard('ended').then((report) => report.ending)
      return await running.unlessRevoked(Promise.race([ended, this.#lost, timer.after(task)]))
    } catch (thrown) {
      await this.kill()
      return endingOf(task, job, ofThread(thrown, job.name))
    } finally {
      timer.clear()
      this.#worker.off('message', progress)
      current.signal.removeEventListener('abort', limit)
    }
  }

  /** Lets it close its application, and then ends it. */
  async leave(): Promise<void> {
    if (this.#ended) return
    this.#say({ kind: 'leave' })
    const timer = setTimeout(() => this.kill(), leavesWithin)
    await this.#lost.catch(() => {})
    clearTimeout(timer)
  }

  /** Ends it at once, whatever it does. */
  async kill(): Promise<void> {
    this.#ended = true
    await this.#worker.terminate()
  }

  #limit(reason: unknown): void {
    if (reason instanceof SoftTimeLimitError) this.#say({ kind: 'limit', limit: reason.limit })
  }

  #say(order: Order): void {
    this.#worker.postMessage(order)
  }

  #heard<K extends Report['kind']>(kind: K): Promise<Extract<Report, { kind: K }>> {
    return new Promise((resolve) => {
      const listener = (report: Report) => {
        if (report.kind !== kind) return
        this.#worker.off('message', listener)
        resolve(report as Extract<Report, { kind: K }>)
      }
      this.#worker.on('message', listener)
    })
  }
}

/** The hard time limit of one run. */
class Timer {
  #timer: NodeJS.Timeout | undefined

  /** Rejects when the time of the task is over; settles in no other way. */
  after({ name, options }: RunningJob['task']): Promise<never> {
    return new Promise((_, reject) => {
      if (options.timeLimit === undefined) return
      const limit = milliseconds(options.timeLimit)
      this.#timer = setTimeout(() => reject(new TimeLimitError(name, limit)), limit)
    })
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}

/** What ended a thread, in our words; what stopped it on our behalf stays as it is. */
function ofThread(thrown: unknown, name: string): unknown {
  if (thrown instanceof TimeLimitError || !(thrown instanceof Error)) return thrown
  return /^it exited with code/.test(thrown.message)
    ? new ThreadLostError(name, thrown.message)
    : thrown
}
