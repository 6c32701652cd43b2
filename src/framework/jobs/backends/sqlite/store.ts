import type { JobParameters } from 'agenda'
import type { Knex } from 'knex'
import type { Synchronous } from '../../../config'
import type { Change } from '../../changes'
import type { Ending, WorkerRecord } from '../../results'
import type {
  ClaimedJob,
  Guarding,
  JobFilter,
  JobStore,
  ListedJob,
  NewJob,
  TaskCounts,
  Wish,
} from '../contract'
import { newId } from '../id'
import { addJob, addJobWithin } from './add'
import { SqliteChanges } from './changes'
import { SqliteChannel } from './channel'
import { anyDue, claimDue, nextDue } from './claim'
import { SqliteFile } from './connection'
import { finishJob, releaseJob } from './finish'
import { guardJobs } from './guarding'
import { countJobs, listJobs, purgeSome } from './list'
import { SqliteLogger } from './logger'
import { SqliteRepository } from './repository'
import { SqliteResults } from './results'

/** The embedded job store: jobs, results and workers in one SQLite file of their own. */
export class SqliteStore implements JobStore {
  readonly name = 'SQLite'
  readonly repository: SqliteRepository
  readonly channel: SqliteChannel
  readonly logger: SqliteLogger
  readonly results: SqliteResults
  readonly #file: SqliteFile
  readonly #changes: SqliteChanges

  /** @param path absolute, or `:memory:` */
  constructor(path: string, synchronous: Synchronous = 'NORMAL') {
    this.#file = new SqliteFile(path, 'job store', synchronous)
    this.#changes = new SqliteChanges(this.#file)
    this.repository = new SqliteRepository(this.#file, this.#changes)
    this.results = new SqliteResults(this.#file, this.#changes)
    this.channel = new SqliteChannel(this.results, this.#changes)
    this.logger = new SqliteLogger(this.#file)
  }

  open(): Promise<void> {
    return this.results.open()
  }

  close(): Promise<void> {
    return this.results.close()
  }

  newId(): string {
    return newId()
  }

  add(jobs: readonly NewJob[]): Promise<string[]> {
    return this.#file.write(() => jobs.map((job) => addJob(this.#file, this.#changes, job)))
  }

  /** The database must be this very file. */
  async addWithin(transaction: Knex.Transaction, jobs: readonly NewJob[]): Promise<string[]> {
    const ids: string[] = []
    for (const job of jobs) ids.push(await addJobWithin(transaction, job))
    return ids
  }

  async find(id: string): Promise<JobParameters | undefined> {
    return (await this.repository.getJobById(id)) ?? undefined
  }

  async claim(wish: Wish): Promise<ClaimedJob[]> {
    const due = await this.#file.read(() => anyDue(this.#file, wish, Date.now()))
    if (!due) return []
    return this.#file.write(() => claimDue(this.#file, this.results, wish, new Date()))
  }

  finish(job: ClaimedJob, ending: Ending, at: Date): Promise<boolean> {
    return this.#file.write(() => finishJob(this.#file, this.results, job, ending, at))
  }

  async progress(job: ClaimedJob, percent: number): Promise<void> {
    const id = String(job._id)
    await this.#file.write(() => {
      const sql = 'update jobs set progress = ? where id = ? and claim = ?'
      const { changes } = this.#file.prepare(sql).run(percent, id, job.claim)
      const change = { kind: 'progressed', id, name: job.name, progress: percent } as const
      if (changes > 0) this.#changes.record({ ...change, at: new Date() })
    })
  }

  release(jobs: readonly ClaimedJob[]): Promise<void> {
    return this.#file.write(() => {
      for (const job of jobs) releaseJob(this.#file, this.results, job)
    })
  }

  async nextRun(names: readonly string[]): Promise<Date | undefined> {
    const time = await this.#file.read(() => nextDue(this.#file, names))
    return time === undefined ? undefined : new Date(time)
  }

  revoke(id: string, repeats: boolean): Promise<boolean> {
    return this.#file.write(() => {
      const job = { id, name: this.#nameOf(id) }
      const revoked = this.results.writeRevocation(job, repeats) || repeats
      if (revoked) this.#file.prepare('update jobs set disabled = 1 where id = ?').run(id)
      return revoked
    })
  }

  terminate(id: string): Promise<boolean> {
    return this.#file.write(() => {
      const sql = 'update jobs set terminating = 1 where id = ? and locked_at is not null'
      const { changes } = this.#file.prepare(sql).run(id)
      const change = { kind: 'terminating', id, name: this.#nameOf(id), at: new Date() } as const
      if (changes > 0) this.#changes.record(change)
      return changes > 0
    })
  }

  rerun(id: string, at: Date): Promise<boolean> {
    return this.#file.write(() => {
      const { changes } = this.#file.prepare(rerunSql).run(at.getTime(), id)
      if (changes === 0) return false
      const job = { id, name: this.#nameOf(id) }
      this.results.writeRenewal(id, ['SUCCESS', 'FAILURE', 'REVOKED'])
      this.#changes.record({ ...job, kind: 'sent', at: new Date() })
      return true
    })
  }

  guard(guarding: Guarding): Promise<() => Promise<void>> {
    return guardJobs(this.#file, guarding)
  }

  list(filter: JobFilter, page: { limit: number; offset: number }): Promise<ListedJob[]> {
    return this.#file.read(() => listJobs(this.#file, filter, page))
  }

  stats(): Promise<TaskCounts[]> {
    return this.#file.read(() => countJobs(this.#file))
  }

  /** A few at a time, since others wait for the file meanwhile. */
  async purge(filter: JobFilter): Promise<number> {
    for (let removed = 0; ; ) {
      const [some, more] = await this.#file.write(() => purgeSome(this.#file, filter))
      removed += some
      if (!more) return removed
    }
  }

  async ping(): Promise<void> {
    await this.#file.write(() => this.#file.prepare('select 1').get())
  }

  async workers(): Promise<WorkerRecord[]> {
    const sql = `select id, host, pid, concurrency, started_at as startedAt, seen_at as seenAt
      from workers order by started_at`
    const rows = await this.#file.read(() => this.#file.prepare(sql).all())
    return (rows as WorkerRow[]).map((row) => ({
      ...row,
      startedAt: new Date(row.startedAt),
      seenAt: new Date(row.seenAt),
    }))
  }

  follow(listener: (changes: readonly Change[]) => void): () => void {
    return this.#changes.follow(listener)
  }

  failure(error: unknown): unknown {
    return this.#file.failure(error)
  }

  #nameOf(id: string): string {
    return (
      (this.#file.prepare('select name from jobs where id = ?').pluck().get(id) as string) ?? ''
    )
  }
}

type WorkerRow = Omit<WorkerRecord, 'startedAt' | 'seenAt'> & { startedAt: number; seenAt: number }

const rerunSql = `update jobs set next_run_at = ?, disabled = 0, crashes = 0, fail_reason = null
  where id = ? and locked_at is null and (next_run_at is null or (disabled = 1
  and repeat_interval is null and state in ('SUCCESS', 'FAILURE', 'REVOKED')))`
