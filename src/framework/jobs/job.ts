import { inspect } from 'node:util'
import type { JobParameters } from 'agenda'
import {
  ApplicationClosedError,
  JobNotFoundError,
  JobRevokedError,
  ResultTimeoutError,
} from '../errors'
import type { Events } from '../events'
import type { JobData, JobStore } from './backends/contract'
import { Bell } from './bell'
import { reviveError } from './failure'
import { isAlive, type JobState, type Outcome } from './results'
import { milliseconds } from './schedule'
import { fromStored } from './values'

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
export class Job<T = unknown> {
  /** Unique in the job store. */
  readonly id: string
  /** The task's full name, as in `users.divide`. */
  readonly name: string
  readonly #source: JobSource
  #parameters: JobParameters
  #outcome: Outcome

  constructor(source: JobSource, parameters: JobParameters, outcome: Outcome = nothing) {
    this.id = String(parameters._id)
    this.name = parameters.name
    this.#source = source
    this.#parameters = parameters
    this.#outcome = outcome
  }

  /** The arguments that the task is called with. */
  get args(): unknown[] {
    return (this.#parameters.data as JobData | undefined)?.args?.map(fromStored) ?? []
  }

  /** Where it stood when it was last read. */
  get state(): JobState {
    return this.#outcome.state
  }

  /** How many times the task has begun to run. */
  get attempts(): number {
    return this.#outcome.attempts
  }

  /** When it was sent. */
  get sentAt(): Date | undefined {
    const sentAt = (this.#parameters.data as JobData | undefined)?.sentAt
    return sentAt === undefined ? undefined : new Date(sentAt)
  }

  /** When it is to run next; undefined while it runs, and when it will not run again. */
  get scheduledFor(): Date | undefined {
    return this.state === 'STARTED' ? undefined : (this.#parameters.nextRunAt ?? undefined)
  }

  /** How far its run has come, from 0 to 100, as the task said; undefined when it said nothing. */
  get progress(): number | undefined {
    return this.#parameters.progress ?? undefined
  }

  /** When the task last began to run. */
  get startedAt(): Date | undefined {
    return this.#outcome.startedAt
  }

  /** When the task ended. */
  get finishedAt(): Date | undefined {
    return this.#outcome.finishedAt
  }

  /** The worker that ran it last. */
  get worker(): string | undefined {
    return this.#outcome.worker
  }

  /** What the task threw, with the worker's stack, when the state is FAILURE or RETRY. */
  get error(): Error | undefined {
    const { state, error } = this.#outcome
    const failed = state === 'FAILURE' || state === 'RETRY'
    return failed && error ? reviveError(error) : undefined
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
    this.#parameters = parameters
    this.#outcome = outcome
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
    const repeats = this.#parameters.repeatInterval != null
    try {
      const revoked = await store.revoke(this.id, repeats)
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
      if (this.#outcome.state === 'SUCCESS') return this.#value()
      if (this.#outcome.state === 'FAILURE') throw this.error ?? new Error('The task failed.')
      if (this.#outcome.state === 'REVOKED') throw new JobRevokedError(this.name, this.id)
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

  #value(): T {
    const { result } = this.#outcome
    return (result === undefined ? undefined : fromStored(result)) as T
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

  [inspect.custom](_depth: number, options: object): string {
    const { id, name, args, state, progress, attempts, worker } = this
    const { sentAt, scheduledFor, startedAt, finishedAt } = this
    const times = { sentAt, scheduledFor, startedAt, finishedAt }
    const result = state === 'SUCCESS' ? this.#value() : undefined
    const all = { id, name, args, state, progress, attempts, ...times, worker, result }
    const shown = Object.entries({ ...all, error: this.error?.message })
    const known = shown.filter(([, value]) => value !== undefined)
    return `Job ${inspect(Object.fromEntries(known), options)}`
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
