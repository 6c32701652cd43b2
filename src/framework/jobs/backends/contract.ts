import type { AgendaBackend, JobParameters, JobRepositoryOptions } from 'agenda'
import type { Results, Step } from '../results'
import type { WakeChannel } from './wake'

/** A job as Agenda carries it, with the token of the claim under which this process holds it. */
export type ClaimedJob = JobParameters & { claim?: string }

/**
 * What Atelier needs of a job store. Agenda drives `repository` and `channel`; the rest is what
 * Agenda lacks: results, the worker's hold on its jobs, and an end that loses none.
 */
export interface JobStore {
  /** The URL's scheme, for people. */
  readonly name: string
  readonly repository: AgendaBackend['repository']
  /** Tells Agenda that jobs became due, whichever process sent them. */
  readonly channel: WakeChannel
  readonly results: Results
  /**
   * Connects, and creates what the store needs. Safe to call again, or twice at once; after a
   * failure the next call tries anew.
   *
   * @throws StoreUnavailableError within 5 s when the store does not answer
   */
  open(): Promise<void>
  /** Ends every connection and timer of the store, also when it was never opened. */
  close(): Promise<void>
  /** The job with this id as Agenda keeps it; undefined for an id it does not have, whatever text. */
  find(id: string): Promise<JobParameters | undefined>
  /**
   * Agenda's `saveJobState` together with a step of the run, in one commit where the store can.
   *
   * @throws JobRevokedError when a job that is to start was revoked
   * @throws LockLostError when another worker has it
   */
  save(job: ClaimedJob, step: Step, options: JobRepositoryOptions | undefined): Promise<void>
  /** Locks the jobs anew from now on, as far as they are still locked. */
  extend(jobs: readonly ClaimedJob[]): Promise<void>
  /** Gives jobs back, started or not, so that another worker can claim them at once. */
  release(jobs: readonly ClaimedJob[]): Promise<void>
  /** When the next job of this task that waits is due; undefined when none waits. */
  nextRun(name: string): Promise<Date | undefined>
  /**
   * Keeps a job from running: `Results.revoke` and a disabled row, in one commit where it can be.
   *
   * @returns whether it will not run (again)
   */
  revoke(id: string, repeats: boolean): Promise<boolean>
  /** What a driver threw, as StoreUnavailableError; an error of ours stays as it is. */
  failure(error: unknown): unknown
}
