import { AsyncLocalStorage } from 'node:async_hooks'
import { asError } from './failure'
import { type Duration, milliseconds } from './schedule'

/** What a task can know and say of the job that it is running for. */
export interface CurrentJob {
  readonly id: string
  /** The task's full name, as in `users.divide`. */
  readonly name: string
  /** Which run this is: 1 for the first. */
  readonly attempt: number
  /**
   * Aborted when the task should end: with a SoftTimeLimitError after `softTimeLimit`, or with a
   * JobRevokedError when somebody revoked the job with `terminate`. Hand it to fetch and the like.
   */
  readonly signal: AbortSignal
  /**
   * Says how far it has come; anybody can read it from the job's handle.
   *
   * @param percent from 0 to 100
   */
  progress(percent: number): Promise<void>
  /**
   * Ends this run and has the job run again, under the same id.
   *
   * @param options.in how long to wait. Default: as the task's `retry` says
   * @param options.error why; thrown in the end when no retry is left
   */
  retry(options?: { in?: Duration; error?: unknown }): never
}

const jobs = new AsyncLocalStorage<CurrentJob>()

/** The job that this code runs for; undefined when the task was called as a function. */
export function currentJob(): CurrentJob | undefined {
  return jobs.getStore()
}

/** Runs `fn` with `job` as the current one. */
export function withJob<R>(job: CurrentJob, fn: () => R): R {
  return jobs.run(job, fn)
}

/** What `retry` throws: not an error, but a wish. */
export class RetryWish extends Error {
  /** In ms; undefined when the task's options decide. */
  readonly delay: number | undefined

  constructor(options: { in?: Duration; error?: unknown } = {}) {
    const { error } = options
    const cause = error === undefined ? undefined : asError(error)
    super(cause?.message ?? 'The task asked for another run.', { cause })
    this.name = 'Retry'
    this.delay = options.in === undefined ? undefined : milliseconds(options.in)
  }
}
