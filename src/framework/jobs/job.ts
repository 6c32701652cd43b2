import type { JobParameters } from 'agenda'
import {
  ApplicationClosedError,
  JobNotFoundError,
  JobRevokedError,
  ResultTimeoutError,
} from '../errors'
import type { Events } from '../events'
import type { JobStore } from './backends/contract'
import { Bell } from './bell'
import { KnownJob } from './known-job'
import { isAlive, type Outcome } from './results'
import { milliseconds } from './schedule'

/** Where a handle reads: the store, its address for errors, and the events of the application. */
export interface JobSource {
  readonly store: JobStore
  readonly closed: boolean
  readonly address: string
  readonly events: Events
  /** Resolves when every job whose transaction was committed is stored. */
  sent(): Promise<void>
  /** Calls `ring` after each change of a job, until the returned function is called. */
  watch(id: string, ring: () => void): () => void
}

// Long enough for a worker that is just starting to announce itself.
const unattendedAfter = 1_000
const longestWait = 60_000
const nothing: Outcome = { state: 'PENDING', attempts: 0 }

/**
 * A handle on one job: what was known when it was last read, and ways to read again. Any process
 * of the application can make one from the id alone.
 */
export class Job<T = unknown> extends KnownJob<T> {
  readonly #source: JobSource

  constructor(source: JobSource, parameters: JobParameters, outcome: Outcome = nothing) {
    super(parameters, outcome)
    this.#source = source
  }

  /**
   * Reads the job again.
   *
   * @returns this handle
   * @throws JobNotFoundError when it was removed
   */
  async refresh(): Promise<this> {
    let [parameters, outcome] = await this.#read()
    if (!parameters) {
      // Its transaction may have been committed a moment ago.
      await this.#source.sent()
      ;[parameters, outcome] = await this.#read()
    }
    if (!parameters) throw new JobNotFoundError(this.id, this.#source.address)
    this.learn(parameters, outcome)
    return this
  }

  /**
   * Waits for the end of the job; of one that repeats, for that of its latest run. While no worker
   * is alive, `job.unattended` is emitted once.
   *
   * @param options.timeout how long to wait, in ms. Default: as long as it takes
   * @returns what the task returned
   * @throws the task's own error, with the worker's stack
   * @throws JobRevokedError, ResultTimeoutError, JobNotFoundError, ApplicationClosedError
   */
  async result(options: { timeout?: number } = {}): Promise<T> {
    const timeout =
      options.timeout === undefined ? Number.POSITIVE_INFINITY : milliseconds(options.timeout)
    const bell = new Bell()
    const stop = this.#source.watch(this.id, bell.ring)
    try {
      return await this.#end(bell, timeout)
    } finally {
      stop()
    }
  }

  /**
   * Keeps the job from running, also while no worker is there. One that has started goes on, unless
   * `terminate` is set: its task is told by `currentJob().signal`, an isolated one is stopped, and
   * what the task still brings is not saved. One that repeats does not run again.
   *
   * @returns whether it is revoked: false when it had already started or ended. With `terminate`
   *   also whether its worker was asked to stop it
   */
  async revoke(options: { terminate?: boolean } = {}): Promise<boolean> {
    const { store } = this.#source
    try {
      const revoked = await store.revoke(this.id, this.repeats !== undefined)
      const stopped = options.terminate === true && (await store.terminate(this.id))
      await this.refresh()
      return revoked || stopped
    } catch (error) {
      throw store.failure(error)
    }
  }

  /**
   * Keeps the job from running until `resume()`; declaring its repetition again does not end a pause.
   * A run that has begun goes on.
   *
   * @throws StoreUnavailableError
   */
  async pause(): Promise<void> {
    await this.#change('disableJobs')
  }

  /**
   * Lets a paused job run again, at once when its time has come.
   *
   * @throws StoreUnavailableError
   */
  async resume(): Promise<void> {
    await this.#change('enableJobs')
  }

  /**
   * Runs a job that has ended again, at once and under the same id; its outcome until now is
   * forgotten.
   *
   * @returns false, with nothing changed, when it waits or runs already, or repeats
   * @throws StoreUnavailableError
   */
  async retry(): Promise<boolean> {
    const { store } = this.#source
    try {
      const due = await store.rerun(this.id, new Date())
      await this.refresh()
      return due
    } catch (error) {
      throw store.failure(error)
    }
  }

  async #change(how: 'disableJobs' | 'enableJobs'): Promise<void> {
    const { store } = this.#source
    try {
      await store.repository[how]({ id: this.id })
    } catch (error) {
      throw store.failure(error)
    }
  }

  async #end(bell: Bell, timeout: number): Promise<T> {
    const began = Date.now()
    let unattended = false
    for (;;) {
      await this.refresh()
      if (this.state === 'SUCCESS') return this.value as T
      if (this.state === 'FAILURE') throw this.error ?? new Error('The task failed.')
      if (this.state === 'REVOKED') throw new JobRevokedError(this.name, this.id)
      const waited = Date.now() - began
      if (waited >= timeout) throw await this.#timedOut(timeout)
      if (!unattended && waited >= unattendedAfter) unattended = await this.#warnWhenUnattended()
      await bell.heard(Math.min(timeout - waited, unattended ? longestWait : unattendedAfter))
    }
  }

  #read(): ReturnType<typeof readJob> {
    return readJob(this.#source.store, this.id).catch((error: unknown) => {
      // A store that closes under a read says so in many ways.
      throw this.#source.closed ? new ApplicationClosedError() : error
    })
  }

  async #warnWhenUnattended(): Promise<boolean> {
    if (await this.#attended()) return false
    this.#source.events.emit('job.unattended', { id: this.id, name: this.name })
    return true
  }

  /** Whether somebody is there to run it, or its time has not come yet. */
  async #attended(): Promise<boolean> {
    if (this.scheduledFor && this.scheduledFor.getTime() > Date.now()) return true
    const workers = await this.#source.store.workers()
    return workers.some((worker) => isAlive(worker))
  }

  async #timedOut(timeout: number): Promise<ResultTimeoutError> {
    const hint = (await this.#attended())
      ? ''
      : 'No worker is running; start one with: npm run agenda'
    return new ResultTimeoutError(this.name, this.id, timeout, this.state, hint)
  }
}

/** What is known of a job: Agenda's part, undefined when there is none, and its outcome. */
export async function readJob(
  store: JobStore,
  id: string,
): Promise<[JobParameters | undefined, Outcome]> {
  // The outcome is read first: the other way round, a job that ends in between would look unknown.
  try {
    const outcome = await store.results.find(id)
    return [await store.find(id), outcome ?? nothing]
  } catch (error) {
    throw store.failure(error)
  }
}
