import { JobRevokedError, SoftTimeLimitError } from '../errors'
import type { ClaimedJob } from './backends/contract'
import { type CurrentJob, RetryWish } from './context'
import type { TaskDefinition } from './definition'
import { milliseconds } from './schedule'

/** One job that runs in this process: what its task sees of it, and how it can be told to end. */
export class RunningJob {
  readonly job: ClaimedJob
  readonly task: TaskDefinition
  /** What the task may use. */
  readonly current: CurrentJob
  // Made when somebody asks for it: most tasks never do.
  #controller: AbortController | undefined
  #revoked: Error | undefined
  #refuse: (error: Error) => void = () => {}
  #softLimit: NodeJS.Timeout | undefined

  /** @param progress takes down how far the run has come, from 0 to 100 */
  constructor(job: ClaimedJob, task: TaskDefinition, progress: (percent: number) => Promise<void>) {
    this.job = job
    this.task = task
    const signal = () => this.#abortable().signal
    this.current = {
      id: this.id,
      name: job.name,
      attempt: job.attempts,
      get signal() {
        return signal()
      },
      progress: async (percent) => progress(checked(percent)),
      retry: (options) => {
        throw new RetryWish(options)
      },
    }
  }

  get id(): string {
    return String(this.job._id)
  }

  /** The task begins now: from here on its soft time limit counts. */
  begin(): void {
    const { softTimeLimit } = this.task.options
    if (softTimeLimit === undefined) return
    const limit = milliseconds(softTimeLimit)
    this.#softLimit = setTimeout(() => {
      this.abort(new SoftTimeLimitError(this.job.name, limit))
    }, limit)
  }

  /** Aborts the task's signal; the task may go on. */
  abort(reason: Error): void {
    this.#abortable().abort(reason)
  }

  /** Tells the task to end, and no longer waits for it. */
  revoke(): void {
    this.#revoked = new JobRevokedError(this.job.name, this.id)
    this.abort(this.#revoked)
    this.#refuse(this.#revoked)
  }

  /** What `work` brings. @throws JobRevokedError as soon as the job is revoked, whatever `work` does */
  unlessRevoked<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#refuse = reject
      if (this.#revoked) reject(this.#revoked)
      work.then(resolve, reject)
    })
  }

  #abortable(): AbortController {
    this.#controller ??= new AbortController()
    return this.#controller
  }

  /** Ends what was set up for the run. */
  end(): void {
    clearTimeout(this.#softLimit)
  }
}

function checked(percent: number): number {
  if (percent >= 0 && percent <= 100) return percent
  throw new RangeError(`Expected a progress from 0 to 100, saw ${percent}.`)
}
