import { inspect } from 'node:util'
import type { JobParameters } from 'agenda'
import type { JobData } from './backends/contract'
import { reviveError } from './failure'
import type { JobState, Outcome } from './results'
import type { Duration } from './schedule'
import { fromStored } from './values'

/** What was known of a job when it was last read. */
export class KnownJob<T = unknown> {
  /** Unique in the job store. */
  readonly id: string
  /** The task's full name, as in `users.divide`. */
  readonly name: string
  #parameters: JobParameters
  #outcome: Outcome

  constructor(parameters: JobParameters, outcome: Outcome) {
    this.id = String(parameters._id)
    this.name = parameters.name
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
    const waits = this.state !== 'STARTED' && this.state !== 'REVOKED'
    return waits ? (this.#parameters.nextRunAt ?? undefined) : undefined
  }

  /** How urgent it is; more goes first. */
  get priority(): number {
    return this.#parameters.priority ?? 0
  }

  /** How it repeats: a number of milliseconds, or text as `every()` takes it; undefined when it does not. */
  get repeats(): Duration | undefined {
    return this.#parameters.repeatInterval ?? undefined
  }

  /** The time zone of the cron expression by which it repeats; undefined for the machine's. */
  get timezone(): string | undefined {
    return this.#parameters.repeatTimezone ?? undefined
  }

  /** Whether it is kept from running by `pause()`. */
  get paused(): boolean {
    return this.#parameters.disabled === true && this.state !== 'REVOKED'
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

  /** What the task returned, when the state is SUCCESS; `result()` waits for it. */
  get value(): T | undefined {
    const { state, result } = this.#outcome
    return state === 'SUCCESS' && result !== undefined ? (fromStored(result) as T) : undefined
  }

  /** What the task threw, with the worker's stack, when the state is FAILURE or RETRY. */
  get error(): Error | undefined {
    const { state, error } = this.#outcome
    const failed = state === 'FAILURE' || state === 'RETRY'
    return failed && error ? reviveError(error) : undefined
  }

  /** Takes what was read of the same job later. */
  protected learn(parameters: JobParameters, outcome: Outcome): void {
    this.#parameters = parameters
    this.#outcome = outcome
  }

  [inspect.custom](_depth: number, options: object): string {
    const { id, name, args, state, progress, attempts, worker } = this
    const { sentAt, scheduledFor, startedAt, finishedAt } = this
    const times = { sentAt, scheduledFor, startedAt, finishedAt }
    const all = { id, name, args, state, progress, attempts, ...times, worker, result: this.value }
    const shown = Object.entries({ ...all, error: this.error?.message })
    const known = shown.filter(([, value]) => value !== undefined)
    return `Job ${inspect(Object.fromEntries(known), options)}`
  }
}
