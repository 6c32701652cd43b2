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
import type { ClaimedJob } from '../contract'
import type { SqliteFile } from './connection'
import { stateSql, toFilter, toOrder } from './filter'
import { type JobRow, toColumns, toJob } from './rows'
import { saveJob } from './save'
import type { CommitWatcher } from './watcher'

/**
 * Agenda's repository on SQLite. Each method is one statement or one transaction; a claim carries
 * a token, and whoever holds a job saves it only while the row still has that token.
 *
 * @see https://github.com/agenda/agenda, the interface JobRepository
 */
export class SqliteRepository implements Required<AgendaBackend['repository']> {
  readonly #file: SqliteFile
  readonly #watcher: CommitWatcher

  /** @param watcher told of the writes that may make a job due for a worker of this process */
  constructor(file: SqliteFile, watcher: CommitWatcher) {
    this.#file = file
    this.#watcher = watcher
  }

  async connect(): Promise<void> {
    void this.#file.db
  }

  async getJobById(id: string): Promise<ClaimedJob | null> {
    const row = this.#file.prepare('select * from jobs where id = ?').get(id)
    return row === undefined ? null : toJob(row as JobRow)
  }

  async queryJobs(options: JobsQueryOptions = {}): Promise<JobsResult> {
    const now = Date.now()
    const { sql, values } = toFilter(options, now)
    const limit = options.limit && options.limit > 0 ? options.limit : -1
    const rows = this.#file
      .prepare(
        `select *, ${stateSql} as state from jobs where ${sql}
         order by ${toOrder(options.sort)} limit ? offset ?`,
      )
      .all(now, ...values, limit, options.skip ?? 0) as JobRow[]
    const total = this.#file
      .prepare(`select count(*) as total from jobs where ${sql}`)
      .get(...values)
    const jobs = rows.map((row) => ({ ...toJob(row), state: row.state }))
    return { jobs, total: (total as { total: number }).total } as JobsResult
  }

  async getJobsOverview(): Promise<JobsOverview[]> {
    const states = ['running', 'scheduled', 'queued', 'completed', 'failed', 'repeating']
    const counts = states.map((state) => `sum(state = '${state}') as ${state}`).join(', ')
    const sql = `select name, count(*) as total, ${counts}, sum(disabled) as paused
      from (select name, disabled, ${stateSql} as state from jobs) group by name order by name`
    return this.#file.prepare(sql).all(Date.now()) as JobsOverview[]
  }

  async getDistinctJobNames(): Promise<string[]> {
    return this.#file
      .prepare('select distinct name from jobs order by name')
      .pluck()
      .all() as string[]
  }

  async getQueueSize(): Promise<number> {
    const sql = 'select count(*) from jobs where next_run_at < ?'
    return this.#file.prepare(sql).pluck().get(Date.now()) as number
  }

  async saveJob<DATA>(job: ClaimedJob & { data: DATA }, options?: JobRepositoryOptions) {
    const saved = saveJob(this.#file, job, options?.lastModifiedBy) as ClaimedJob & { data: DATA }
    this.#watcher.committed()
    return saved
  }

  async saveJobState(job: ClaimedJob, options?: JobRepositoryOptions): Promise<void> {
    this.writeState(job, options)
  }

  /**
   * What `saveJobState` does, at once, so that it can be part of a transaction.
   *
   * @throws LockLostError when another worker has claimed the job since
   */
  writeState(job: ClaimedJob, options?: JobRepositoryOptions): void {
    const { changes } = this.#file.prepare(writeStateSql).run({
      ...emptyState,
      ...toColumns(job),
      claim: job.claim ?? null,
      last_modified_by: options?.lastModifiedBy ?? null,
      id: String(job._id),
    })
    if (changes !== 1) throw new LockLostError(job.name, String(job._id))
  }

  async getNextJobToRun(
    name: string,
    nextScanAt: Date,
    lockDeadline: Date,
    now: Date | undefined,
    options?: JobRepositoryOptions,
  ): Promise<ClaimedJob | undefined> {
    const due = { name, scan: nextScanAt.getTime(), deadline: lockDeadline.getTime() }
    // Asked without the write lock first: an empty look must not hold up the processes that write.
    if (this.#file.prepare(`select ${nextDue}`).pluck().get(due) === null) return undefined
    const row = this.#file.prepare(claimSql).get({
      ...due,
      now: (now ?? new Date()).getTime(),
      claim: randomUUID(),
      by: options?.lastModifiedBy ?? null,
    })
    return row === undefined ? undefined : toJob(row as JobRow)
  }

  async lockJob(job: ClaimedJob, options?: JobRepositoryOptions): Promise<ClaimedJob | undefined> {
    const row = this.#file
      .prepare(
        `update jobs set locked_at = ?, claim = ?, last_modified_by = ?
         where id = ? and locked_at is null and disabled = 0 and next_run_at is ? returning *`,
      )
      .get(
        Date.now(),
        randomUUID(),
        options?.lastModifiedBy ?? null,
        String(job._id),
        job.nextRunAt?.getTime() ?? null,
      )
    return row === undefined ? undefined : toJob(row as JobRow)
  }

  async unlockJob(job: ClaimedJob): Promise<void> {
    const sql = `update jobs set locked_at = null, claim = null
      where id = ? and next_run_at is not null and (? is null or claim = ?)`
    this.#file.prepare(sql).run(String(job._id), job.claim ?? null, job.claim ?? null)
  }

  async unlockJobs(ids: readonly string[]): Promise<void> {
    const unlock = this.#file.prepare('update jobs set locked_at = null, claim = null where id = ?')
    this.#file.transaction(() => {
      for (const id of ids) unlock.run(String(id))
    })
  }

  async removeJobs(options: RemoveJobsOptions): Promise<number> {
    return this.#change('delete from jobs', options)
  }

  async disableJobs(options: RemoveJobsOptions): Promise<number> {
    return this.#change('update jobs set disabled = 1', options)
  }

  async enableJobs(options: RemoveJobsOptions): Promise<number> {
    const enabled = this.#change('update jobs set disabled = 0', options)
    this.#watcher.committed()
    return enabled
  }

  async purgeAllJobs(): Promise<number> {
    return this.#file.prepare('delete from jobs').run().changes
  }

  /** Without any condition nothing is changed: that would be all jobs by mistake. */
  #change(sql: string, options: RemoveJobsOptions): number {
    const filter = toFilter(options)
    if (filter.empty) return 0
    return this.#file.prepare(`${sql} where ${filter.sql}`).run(...filter.values).changes
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
  claim = iif(@locked_at is null, null, claim)
  where id = @id and name = @name and (@claim is null or claim = @claim)`
