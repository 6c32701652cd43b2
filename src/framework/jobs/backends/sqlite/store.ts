import type { JobRepositoryOptions } from 'agenda'
import type { Step } from '../../results'
import type { ClaimedJob, JobStore } from '../contract'
import { refusal } from '../refusal'
import { WakeChannel } from '../wake'
import { SqliteFile } from './connection'
import { SqliteRepository } from './repository'
import { SqliteResults } from './results'
import { CommitWatcher } from './watcher'

/** The embedded job store: jobs, results and workers in one SQLite file of their own. */
export class SqliteStore implements JobStore {
  readonly name = 'SQLite'
  readonly repository: SqliteRepository
  readonly channel: WakeChannel
  readonly results: SqliteResults
  readonly #file: SqliteFile
  readonly #watcher: CommitWatcher

  /**
   * @param path absolute, or `:memory:`
   * @param tasks the names to look for when another process has written
   */
  constructor(path: string, tasks: readonly string[]) {
    this.#file = new SqliteFile(path, 'job store')
    this.#watcher = new CommitWatcher(this.#file)
    this.repository = new SqliteRepository(this.#file, this.#watcher)
    this.results = new SqliteResults(this.#file, this.#watcher)
    this.channel = new SqliteChannel(this.#watcher, () => this.#waiting(tasks))
  }

  async open(): Promise<void> {
    await this.results.open()
  }

  async close(): Promise<void> {
    await this.results.close()
  }

  async find(id: string): Promise<ClaimedJob | undefined> {
    return (await this.repository.getJobById(id)) ?? undefined
  }

  async save(
    job: ClaimedJob,
    step: Step,
    options: JobRepositoryOptions | undefined,
  ): Promise<void> {
    this.#file.transaction(() => {
      this.repository.writeState(job, options)
      if (!this.results.write(String(job._id), step)) throw refusal(job, step)
    })
  }

  async extend(jobs: readonly ClaimedJob[]): Promise<void> {
    const sql = 'update jobs set locked_at = ? where id = ? and claim = ? and locked_at is not null'
    const now = Date.now()
    this.#file.transaction(() => {
      for (const job of jobs) this.#file.prepare(sql).run(now, String(job._id), job.claim)
    })
  }

  async release(jobs: readonly ClaimedJob[]): Promise<void> {
    const now = Date.now()
    this.#file.transaction(() => {
      for (const job of jobs) {
        this.#file.prepare(releaseSql).run(now, String(job._id), job.claim)
        this.results.write(String(job._id), { kind: 'release', claim: job.claim ?? '' })
      }
    })
    this.#watcher.committed()
  }

  async nextRun(name: string): Promise<Date | undefined> {
    return this.#nextRun(name)
  }

  async revoke(id: string, repeats: boolean): Promise<boolean> {
    return this.#file.transaction(() => {
      const revoked = this.results.writeRevocation(id, repeats) || repeats
      if (revoked) this.#file.prepare('update jobs set disabled = 1 where id = ?').run(id)
      return revoked
    })
  }

  failure(error: unknown): unknown {
    return this.#file.failure(error)
  }

  #nextRun(name: string): Date | undefined {
    const sql = `select next_run_at from jobs where name = ? and locked_at is null and disabled = 0
      and next_run_at is not null order by next_run_at limit 1`
    const time = this.#file.prepare(sql).pluck().get(name)
    return time === undefined ? undefined : new Date(time as number)
  }

  /** The tasks with a job that is due, or will be before the processor looks by itself. */
  #waiting(tasks: readonly string[]): string[] {
    const soon = Date.now() + lookahead
    return tasks.filter((name) => (this.#nextRun(name)?.getTime() ?? soon) < soon)
  }
}

const lookahead = 60_000

// Agenda empties next_run_at when a run begins, so a started job is given a new one.
const releaseSql = `update jobs set locked_at = null, claim = null,
  next_run_at = iif(last_run_at > coalesce(last_finished_at, 0), ?, next_run_at)
  where id = ? and claim = ?`

/** Wakes the processor, after a commit of any process, for every task with a job that waits. */
class SqliteChannel extends WakeChannel {
  readonly #watcher: CommitWatcher
  readonly #waiting: () => string[]
  #stop: (() => void) | undefined

  constructor(watcher: CommitWatcher, waiting: () => string[]) {
    super()
    this.#watcher = watcher
    this.#waiting = waiting
  }

  override async connect(): Promise<void> {
    this.#stop ??= this.#watcher.watch(() => this.#wakeWaiting())
    await super.connect()
  }

  override async disconnect(): Promise<void> {
    this.#stop?.()
    this.#stop = undefined
    await super.disconnect()
  }

  // Called by a timer, where nobody could catch what is thrown.
  #wakeWaiting(): void {
    try {
      for (const name of this.#waiting()) this.wake(name)
    } catch (error) {
      this.emit('error', error as Error)
    }
  }
}
