import type { AgendaBackend, JobLogger, JobParameters } from 'agenda'
import type { Knex } from 'knex'
import type { Change } from '../changes'
import type { Ending, JobState, Outcome, Results, Runs, WorkerRecord } from '../results'
import type { Json } from '../values'
import type { WakeChannel } from './wake'

/** What Agenda keeps of a job for us: its arguments and when it was sent. */
export interface JobData {
  readonly args: Json[]
  readonly sentAt: string
}

/** A job that is to be stored. */
export interface NewJob {
  /** Made by the store's `newId`. */
  readonly id: string
  readonly name: string
  readonly data: JobData
  readonly nextRunAt: Date
  /** More goes first. */
  readonly priority: number
  /** Of all jobs with this key only one is stored. */
  readonly unique?: { readonly key: string; readonly until: Date | undefined } | undefined
}

/**
 * A job that so many workers died with may be what killed them. Of such jobs a worker holds one at a
 * time, so that it cannot take others, which died beside it, with it once more.
 */
export const suspectAfter = 2

/** What a worker has room for. */
export interface Wish {
  /** The tasks to look for, and how many jobs of each can begin. */
  readonly tasks: ReadonlyMap<string, number>
  /** How many jobs can begin altogether. */
  readonly total: number
  /** The worker that will hold them. */
  readonly worker: string
  /** When a job that repeats is due again, if it begins at `at`; null for any other job. */
  following(job: JobParameters, at: Date): Date | null
}

/** A job that this process holds. */
export type ClaimedJob = JobParameters &
  Runs & {
    /** Unique to this claim: every step of the run is refused when the row has another one. */
    readonly claim: string
    /** When it is due again, if it repeats. */
    readonly following: Date | null
  }

/** What became of a job whose worker is gone: it waits again, or is given up. */
export interface Rescued {
  readonly id: string
  readonly name: string
  readonly claim: string
  readonly state: 'PENDING' | 'FAILURE' | 'REVOKED'
}

/** Which jobs are meant; what is left out does not matter. */
export interface JobFilter {
  /** The task's full name. */
  readonly name?: string | undefined
  readonly state?: JobState | undefined
}

/** A job with what is known of its runs. */
export interface ListedJob {
  readonly parameters: JobParameters
  readonly outcome: Outcome
}

/** How many jobs of one task stand in each state. */
export interface TaskCounts {
  readonly name: string
  readonly counts: Readonly<Record<JobState, number>>
}

/** How a worker wishes its jobs to be guarded. */
export interface Guarding {
  readonly worker: Omit<WorkerRecord, 'seenAt'>
  /** After how many ms without a sign of life a job is taken from its worker. */
  readonly lockLifetime: number
  /** How often the worker of a job may die before the job is given up. */
  readonly maxCrashes: number
  /** For how many ms ended jobs and their results are kept. */
  readonly resultExpires: number
  /** Told what was rescued from other workers. */
  rescued(jobs: readonly Rescued[]): void
  /** Told when the store does not answer. */
  failed(error: Error): void
}

/**
 * What Atelier needs of a job store. Agenda uses `repository` and `channel`; workers use the rest,
 * and every store keeps the same promises (`tests/contracts`):
 *
 * - a claim is exclusive, and every step of a run is refused once its claim is not the latest;
 * - `claim`, `finish`, `release` and `rescue` leave job, result and change agreeing, in one commit
 *   where the store can, else so that a process that ends in between loses nothing.
 */
export interface JobStore {
  /** The store's name, for people. */
  readonly name: string
  readonly repository: AgendaBackend['repository']
  /** Tells Agenda and the worker that jobs became due, whichever process sent them. */
  readonly channel: WakeChannel
  /** Where Agenda's own processor takes down what becomes of its jobs, if the store has that. */
  readonly logger?: JobLogger
  readonly results: Results
  /** Why nothing tells this store of changes, so that it looks again and again; known once it is open. */
  readonly polls?: string | undefined
  /**
   * Connects, and creates what the store needs. Safe to call again, or twice at once; after a
   * failure the next call tries anew.
   *
   * @throws StoreUnavailableError within 5 s when the store does not answer
   */
  open(): Promise<void>
  /** Ends every connection, timer and thread of the store, also when it was never opened. */
  close(): Promise<void>
  /** An id that no other job has. */
  newId(): string
  /**
   * Stores jobs, all or none where the store can.
   *
   * @returns the id of each: its own, or that of the job that was there already (`unique`)
   */
  add(jobs: readonly NewJob[]): Promise<string[]>
  /**
   * Stores jobs as part of a transaction of the application's database, for stores that can live
   * there; called only when they do.
   */
  addWithin?(transaction: Knex.Transaction, jobs: readonly NewJob[]): Promise<string[]>
  /** The job with this id as Agenda keeps it; undefined for an id it does not have, whatever text. */
  find(id: string): Promise<JobParameters | undefined>
  /**
   * Takes jobs that are due and begins them: the most urgent first, then those that are due longest.
   * What is revoked, paused or not yet due is left alone, and so is what is suspect (`suspectAfter`)
   * while the worker holds another such job.
   */
  claim(wish: Wish): Promise<ClaimedJob[]>
  /**
   * Writes how a run ended, and when the job is to run again, if it does.
   *
   * @returns false, with nothing changed, when the claim is not the latest any more
   */
  finish(job: ClaimedJob, ending: Ending, at: Date): Promise<boolean>
  /** Takes down how far a run has come, from 0 to 100; does nothing when the claim is not the latest. */
  progress(job: ClaimedJob, percent: number): Promise<void>
  /** Gives jobs back, so that another worker can claim them at once. */
  release(jobs: readonly ClaimedJob[]): Promise<void>
  /** When the next job of these tasks that waits is due; undefined when none waits. */
  nextRun(names: readonly string[]): Promise<Date | undefined>
  /**
   * Keeps a job from running: `Results.revoke` and a disabled row, in one commit where it can be.
   *
   * @returns whether it will not run (again)
   */
  revoke(id: string, repeats: boolean): Promise<boolean>
  /**
   * Asks the worker that runs a job to stop it: a change of the kind `terminating`. The job does not
   * run again, whatever becomes of that worker.
   *
   * @returns false when it does not run
   */
  terminate(id: string): Promise<boolean>
  /**
   * Makes an ended job due again, under the same id.
   *
   * @returns false when it waits or runs already
   */
  rerun(id: string, at: Date): Promise<boolean>
  /**
   * Announces a worker, keeps the locks of its jobs alive, takes over the jobs of workers that are
   * gone, and prunes what has expired, until the returned function is called.
   */
  guard(guarding: Guarding): Promise<() => Promise<void>>
  /**
   * The jobs that a filter means, the latest sent first.
   *
   * @param page how many at most, and how many of the first to leave out
   */
  list(filter: JobFilter, page: { limit: number; offset: number }): Promise<ListedJob[]>
  /** Counts all jobs, by task in alphabetical order and by state. */
  stats(): Promise<TaskCounts[]>
  /**
   * Removes jobs for good, with their results; those that run are left.
   *
   * @returns how many
   */
  purge(filter: JobFilter): Promise<number>
  /** Resolves when the store answers. @throws what `failure` understands when it does not */
  ping(): Promise<void>
  /** The workers that announced themselves and have not ended, as far as anybody knows. */
  workers(): Promise<WorkerRecord[]>
  /** Calls `listener` for every change of any process, until the returned function is called. */
  follow(listener: (changes: readonly Change[]) => void): () => void
  /** What a driver threw, as StoreUnavailableError; an error of ours stays as it is. */
  failure(error: unknown): unknown
}
