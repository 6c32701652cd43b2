import { randomUUID } from 'node:crypto'
import type {
  AgendaBackend,
  JobRepositoryOptions,
  JobsOverview,
  JobsQueryOptions,
  JobsResult,
  RemoveJobsOptions,
} from 'agenda'
import { LockLostError } from '../../../errors'
import type { SqliteChanges } from './changes'
import type { SqliteFile } from './connection'
import { stateSql, toFilter, toOrder } from './filter'
import { taskNames } from './list'
import { type JobRow, type StoredJob, toColumns, toJob } from './rows'
import { saveJob } from './save'

/**
 * Agenda's repository on SQLite. Each method is one statement or one transaction; a claim carries
 * a token, and whoever holds a job saves it only while the row still has that token.
 *
 * @see https://github.com/agenda/agenda, the interface JobRepository
 */
export class SqliteRepository implements Required<AgendaBackend['repository']> {
  readonly #file: SqliteFile
  readonly #changes: SqliteChanges

  /** @param changes where writes that may make a job due are recorded */
  constructor(file: SqliteFile, changes: SqliteChanges) {
    this.#file = file
    this.#changes = changes
  }

  connect(): Promise<void> {
    return this.#file.open()
  }

  async getJobById(id: string): Promise<StoredJob | null> {
    const row = await this.#file.read(() =>
      this.#file.prepare('select * from jobs where id = ?').get(id),
    )
    return row === undefined ? null : toJob(row as JobRow)
  }

  async queryJobs(options: JobsQueryOptions = {}): Promise<JobsResult> {
    const now = Date.now()
    const { sql, values } = toFilter(options, now)
    const limit = options.limit && options.limit > 0 ? options.limit : -1
    const pageSql = `select *, ${stateSql} as state from jobs where ${sql}
      order by ${toOrder(options.sort)} limit ? offset ?`
    const countSql = `select count(*) from jobs where ${sql}`
    return this.#file.read(() => {
      const page = this.#file.prepare(pageSql).all(now, ...values, limit, options.skip ?? 0)
      const total = this.#file
        .prepare(countSql)
        .pluck()
        .get(...values)
      const jobs = (page as JobRow[]).map((row) => ({ ...toJob(row), state: row.state }))
      return { jobs, total } as JobsResult
    })
  }

  getJobsOverview(): Promise<JobsOverview[]> {
    const states = ['running', 'scheduled', 'queued', 'completed', 'failed', 'repeating']
    const counts = states.map((state) => `sum(state = '${state}') as ${state}`).join(', ')
    const sql = `select name, count(*) as total, ${counts}, sum(disabled) as paused
      from (select name, disabled, ${stateSql} as state from jobs) group by name order by name`
    return this.#file.read(() => this.#file.prepare(sql).all(Date.now()) as JobsOverview[])
  }

  getDistinctJobNames(): Promise<string[]> {
    return this.#file.read(() => taskNames(this.#file))
  }

  getQueueSize(): Promise<number> {
    const sql = `select count(*) from jobs
      where status in ('waiting', 'repeating', 'failed') and next_run_at < ?`
    return this.#file.read(() => this.#file.prepare(sql).pluck().get(Date.now()) as number)
  }

  saveJob<DATA>(job: StoredJob & { data: DATA }, options?: JobRepositoryOptions) {
    return this.#file.write(() => {
      const saved = saveJob(this.#file, job, options?.lastModifiedBy) as StoredJob & { data: DATA }
      this.#sent(saved)
      return saved
    })
  }

  /** @throws LockLostError when another worker has claimed the job since */
  async saveJobState(job: StoredJob, options?: JobRepositoryOptions): Promise<void> {
    const saved = await this.#file.write(() =>
      this.#file.prepare(writeStateSql).run({
        ...emptyState,
        ...toColumns(job),
        claim: job.claim ?? null,
        last_modified_by: options?.lastModifiedBy ?? null,
        id: String(job._id),
      }),
    )
    if (saved.changes !== 1) throw new LockLostError(job.name, String(job._id))
  }

  async getNextJobToRun(
    name: string,
    nextScanAt: Date,
    lockDeadline: Date,
    now: Date | undefined,
    options?: JobRepositoryOptions,
  ): Promise<StoredJob | undefined> {
    const due = { name, scan: nextScanAt.getTime(), deadline: lockDeadline.getTime() }
    // Asked without the write lock first: an empty look must not hold up the processes that write.
    const next = await this.#file.read(() =>
      this.#file.prepare(`select ${nextDue}`).pluck().get(due),
    )
    if (next === null) return undefined
    return this.#getJob(claimSql, {
      ...due,
      now: (now ?? new Date()).getTime(),
      claim: randomUUID(),
      by: options?.lastModifiedBy ?? null,
    })
  }

  lockJob(job: StoredJob, options?: JobRepositoryOptions): Promise<StoredJob | undefined> {
    return this.#getJob(lockSql, {
      now: Date.now(),
      claim: randomUUID(),
      by: options?.lastModifiedBy ?? null,
      id: String(job._id),
      next: job.nextRunAt?.getTime() ?? null,
    })
  }

  async unlockJob(job: StoredJob): Promise<void> {
    await this.#file.write(() =>
      this.#file.prepare(unlockSql).run({ id: String(job._id), claim: job.claim ?? null }),
    )
  }

  async unlockJobs(ids: readonly string[]): Promise<void> {
    const sql = 'update jobs set locked_at = null, claim = null, worker = null where id = ?'
    await this.#file.write(() => {
      for (const id of ids) this.#file.prepare(sql).run(String(id))
    })
  }

  removeJobs(options: RemoveJobsOptions): Promise<number> {
    return this.#change('delete from jobs', options)
  }

  disableJobs(options: RemoveJobsOptions): Promise<number> {
    return this.#change('update jobs set disabled = 1', options)
  }

  /** Without any condition nothing is changed: that would be all jobs by mistake. */
  enableJobs(options: RemoveJobsOptions): Promise<number> {
    const filter = toFilter(options)
    return this.#file.write(() => {
      if (filter.empty) return 0
      const sql = `update jobs set disabled = 0 where ${filter.sql} returning *`
      const enabled = this.#file.prepare(sql).all(...filter.values) as JobRow[]
      for (const row of enabled) this.#sent(toJob(row))
      return enabled.length
    })
  }

  purgeAllJobs(): Promise<number> {
    return this.#file.write(() => this.#file.prepare('delete from jobs').run().changes)
  }

  /** Without any condition nothing is changed: that would be all jobs by mistake. */
  async #change(sql: string, options: RemoveJobsOptions): Promise<number> {
    const filter = toFilter(options)
    if (filter.empty) return 0
    return this.#file.write(
      () => this.#file.prepare(`${sql} where ${filter.sql}`).run(...filter.values).changes,
    )
  }

  async #getJob(sql: string, values: Record<string, unknown>): Promise<StoredJob | undefined> {
    const row = await this.#file.write(() => this.#file.prepare(sql).get(values))
    return row === undefined ? undefined : toJob(row as JobRow)
  }

  #sent({ _id, name }: StoredJob): void {
    this.#changes.record({ kind: 'sent', id: String(_id), name, at: new Date() })
  }
}

// A job whose lock has expired goes first: it has waited longest.
const nextDue = `coalesce(
  (select id from jobs where name = @name and locked_at <= @deadline and disabled = 0
   order by locked_at limit 1),
  (select id from jobs where name = @name and locked_at is null and disabled = 0
   and next_run_at is not null and next_run_at <= @scan order by next_run_at, priority desc limit 1))`

const claimSql = `update jobs set locked_at = @now, claim = @claim, last_modified_by = @by
  where id = ${nextDue} returning *`

const lockSql = `update jobs set locked_at = @now, claim = @claim, last_modified_by = @by
  where id = @id and locked_at is null and disabled = 0 and next_run_at is @next returning *`

const unlockSql = `update jobs set locked_at = null, claim = null, worker = null
  where id = @id and next_run_at is not null and (@claim is null or claim = @claim)`

const emptyState = {
  next_run_at: null,
  locked_at: null,
  last_run_at: null,
  last_finished_at: null,
  failed_at: null,
  fail_count: null,
  fail_reason: null,
  progress: null,
}

const writeStateSql = `update jobs set
  next_run_at = @next_run_at, locked_at = @locked_at, last_run_at = @last_run_at,
  last_finished_at = @last_finished_at, failed_at = @failed_at, fail_count = @fail_count,
  fail_reason = @fail_reason, progress = @progress, last_modified_by = @last_modified_by,
  claim = iif(@locked_at is null, null, claim), worker = iif(@locked_at is null, null, worker)
  where id = @id and name = @name and (@claim is null or claim = @claim)`
