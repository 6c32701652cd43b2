import type { Change, ChangeKind } from './changes'
import type { StoredError } from './failure'
import type { Json } from './values'

/** Where a job can stand, in Celery's words. */
export const jobStates = ['PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED'] as const

/** Where a job stands. */
export type JobState = (typeof jobStates)[number]

/** What the result store knows of a job. A job it knows nothing of is PENDING. */
export interface Outcome {
  readonly state: JobState
  /** How many times the task has begun to run. */
  readonly attempts: number
  /** The worker that ran it last. */
  readonly worker?: string | undefined
  readonly startedAt?: Date | undefined
  readonly finishedAt?: Date | undefined
  /** Absent when the task returned nothing. */
  readonly result?: Json | undefined
  /** What the task threw, when the state is FAILURE or RETRY. */
  readonly error?: StoredError | undefined
}

/** How a run ended. A RETRY is due again at `at`. */
export type Ending =
  | { readonly state: 'SUCCESS'; readonly result?: Json | undefined }
  | { readonly state: 'FAILURE'; readonly error: StoredError }
  | { readonly state: 'RETRY'; readonly error: StoredError; readonly at: Date }
  | { readonly state: 'REVOKED' }

/** One step of a run; `claim` is the token of the worker's claim on the job. */
export type Step =
  | { readonly kind: 'start'; readonly claim: string; readonly worker: string; readonly at: Date }
  | { readonly kind: 'finish'; readonly claim: string; readonly ending: Ending; readonly at: Date }
  | { readonly kind: 'release'; readonly claim: string }

/** What a step of a run is called among the changes. */
export function kindOf(step: Step): ChangeKind {
  if (step.kind === 'start') return 'started'
  return step.kind === 'release' ? 'released' : kindOfEnding[step.ending.state]
}

const kindOfEnding = {
  SUCCESS: 'succeeded',
  FAILURE: 'failed',
  RETRY: 'retried',
  REVOKED: 'revoked',
} as const

/** How often a job has been run. */
export interface Runs {
  /** How many times the task has begun to run. */
  readonly attempts: number
  /** How many of these were retries of the run that is meant now. */
  readonly retries: number
}

/** The job that a step or a change is about. */
export interface JobName {
  readonly id: string
  /** The task's full name, as in `users.divide`. */
  readonly name: string
}

/** A process that runs jobs, as it announced itself. */
export interface WorkerRecord {
  readonly id: string
  readonly host: string
  readonly pid: number
  /** How many jobs it runs at a time. */
  readonly concurrency: number
  readonly startedAt: Date
  /** When it was last heard of; it says so every `heartbeat` ms, or more often. */
  readonly seenAt: Date
}

/** How often a worker says that it is alive, in ms. */
export const heartbeat = 2_000

/** Whether a worker was heard of lately: three of its announcements may get lost. */
export function isAlive(worker: WorkerRecord, now = Date.now()): boolean {
  return now - worker.seenAt.getTime() < 3 * heartbeat + 1_000
}

/**
 * What a result store must do. `jobs/` calls it from every process; a store may live apart from
 * the jobs (AGENDA_RESULTS_URL). Every step that it takes it stores with a change.
 */
export interface Results {
  /**
   * Opens the store; safe to call again, or twice at once.
   *
   * @throws StoreUnavailableError within 5 s when it does not answer
   */
  open(): Promise<void>
  close(): Promise<void>
  find(id: string): Promise<Outcome | undefined>
  /**
   * Writes one step of a run.
   *
   * @returns false, and changes nothing, when the job was revoked before it started, or when the
   *   claim has been overtaken or given back. The same finish twice is true twice.
   */
  apply(job: JobName, step: Step): Promise<boolean>
  /**
   * Marks a job as revoked, unless it has started or ended; one that repeats, unless it runs.
   *
   * @returns whether it is revoked now
   */
  revoke(job: JobName, repeats: boolean): Promise<boolean>
  /**
   * Makes a job PENDING that stands in one of these states.
   *
   * @returns whether it did
   */
  renew(job: JobName, from: readonly JobState[]): Promise<boolean>
  /** Calls `listener` for every change of any process, until the returned function is called. */
  follow(listener: (changes: readonly Change[]) => void): () => void
  /**
   * Forgets the results of jobs that ended, and the changes that happened, before `before`.
   *
   * @returns the ids of the jobs whose results are gone
   */
  prune(before: Date): Promise<string[]>
  /** What a driver threw, as StoreUnavailableError; an error of ours stays as it is. */
  failure(error: unknown): unknown
}
