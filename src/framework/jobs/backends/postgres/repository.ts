import { PostgresJobRepository } from '@agendajs/postgres-backend'
import type {
  JobId,
  JobParameters,
  JobRepositoryOptions,
  JobsOverview,
  JobsQueryOptions,
  JobsResult,
  RemoveJobsOptions,
} from 'agenda'
import { LockLostError } from '../../../errors'
import { waits } from './claim'
import type { PostgresDatabase, Row } from './connection'
import { stateSql, toFilter, toOrder } from './filter'
import { taskNames } from './list'
import { record } from './record'
import { isId, type StoredJob, toJob } from './rows'
import { saveJob } from './save'

/**
 * Agenda's own repository for PostgreSQL, with its table. What would lose a race, take a job from
 * who holds it, or load more rows than were asked for is done by statements of ours instead.
 */
export class PostgresRepository extends PostgresJobRepository {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    super({ pool: database.pool, ensureSchema: false })
    this.#database = database
  }

  override connect(): Promise<void> {
    return this.#database.open()
  }

  override getDistinctJobNames(): Promise<string[]> {
    return taskNames(this.#database)
  }

  override async getQueueSize(): Promise<number> {
    const due = `next_run_at < now() and ${waits}`
    const [row] = await this.#query(`select count(*)::integer as n from agenda_jobs where ${due}`)
    return Number(row?.n)
  }

  override async getJobById(id: string): Promise<StoredJob | null> {
    if (!isId(id)) return null
    const [row] = await this.#query('select * from agenda_jobs where id = $1', id)
    return row ? toJob(row) : null
  }

  override async queryJobs(options: JobsQueryOptions = {}): Promise<JobsResult> {
    const { sql, values } = toFilter(options)
    const limit = options.limit && options.limit > 0 ? options.limit : 'all'
    const page = `select *, ${stateSql} as computed from agenda_jobs where ${sql}
      order by ${toOrder(options.sort)} limit ${limit} offset ${options.skip ?? 0}`
    const count = `select count(*)::integer as total from agenda_jobs where ${sql}`
    const [rows, [counted]] = await Promise.all([
      this.#query(page, ...values),
      this.#query(count, ...values),
    ])
    const jobs = rows.map((row) => ({ ...toJob(row), state: row.computed }))
    return { jobs, total: counted?.total } as JobsResult
  }

  override async getJobsOverview(): Promise<JobsOverview[]> {
    const states = ['running', 'scheduled', 'queued', 'completed', 'failed', 'repeating']
    const counts = states.map((state) => countOf(`state = '${state}'`, state)).join(', ')
    const rows = await this.#query(`select name, ${countOf('true', 'total')}, ${counts},
      ${countOf('disabled', 'paused')}
      from (select name, disabled, ${stateSql} as state from agenda_jobs) jobs
      group by name order by name collate "C"`)
    return rows as unknown as JobsOverview[]
  }

  override saveJob<DATA>(
    job: JobParameters<DATA>,
    options: JobRepositoryOptions | undefined,
  ): Promise<JobParameters<DATA>> {
    return this.#database.transaction((client) => saveJob(client, job, options))
  }

  /** @throws LockLostError when another worker has claimed the job since */
  override async saveJobState(
    job: StoredJob,
    options: JobRepositoryOptions | undefined,
  ): Promise<void> {
    const { lockedAt, nextRunAt, lastRunAt, progress, failReason, failCount } = job
    const about = [String(job._id), job.name, job.claim, options?.lastModifiedBy]
    const times = [lockedAt, nextRunAt, lastRunAt, job.failedAt, job.lastFinishedAt]
    const values = [...about, ...times, progress, failReason, failCount]
    const saved = await this.#query(saveStateSql, ...values.map((value) => value ?? null))
    if (saved.length !== 1) throw new LockLostError(job.name, String(job._id))
  }

  override async getNextJobToRun(
    name: string,
    nextScanAt: Date,
    lockDeadline: Date,
    _now: Date | undefined,
    options: JobRepositoryOptions | undefined,
  ): Promise<StoredJob | undefined> {
    return this.#lock(nextSql, options, name, nextScanAt, lockDeadline)
  }

  override async lockJob(
    { _id, name, nextRunAt }: JobParameters,
    options: JobRepositoryOptions | undefined,
  ): Promise<StoredJob | undefined> {
    return this.#lock(lockSql, options, String(_id), name, nextRunAt)
  }

  override async unlockJob({ _id, claim }: StoredJob): Promise<void> {
    const mine = 'next_run_at is not null and ($2::uuid is null or claim = $2)'
    await this.#query(`${unlockSql} and ${mine}`, [String(_id)], claim ?? null)
  }

  override async unlockJobs(jobIds: (JobId | string)[]): Promise<void> {
    await this.#query(unlockSql, jobIds.map(String))
  }

  override removeJobs(options: RemoveJobsOptions): Promise<number> {
    return this.#change((where) => `delete from agenda_jobs where ${where} returning id`, options)
  }

  override disableJobs(options: RemoveJobsOptions): Promise<number> {
    const sql = 'update agenda_jobs set disabled = true where'
    return this.#change((where) => `${sql} ${where} returning id`, options)
  }

  override enableJobs(options: RemoveJobsOptions): Promise<number> {
    return this.#change(enableSql, options)
  }

  /** Without any condition nothing is changed: that would be all jobs by mistake. */
  async #change(sql: (where: string) => string, options: RemoveJobsOptions): Promise<number> {
    const { empty, sql: where, values } = toFilter(options)
    return empty ? 0 : (await this.#query(sql(where), ...values)).length
  }

  async #lock(
    due: string,
    options: JobRepositoryOptions | undefined,
    ...values: unknown[]
  ): Promise<StoredJob | undefined> {
    const sql = `update agenda_jobs set locked_at = now(), claim = gen_random_uuid(),
      worker = $4::text, last_modified_by = $4 where id = (${due} limit 1 for update skip locked) returning *`
    const [row] = await this.#query(sql, ...values, options?.lastModifiedBy ?? null)
    return row && toJob(row)
  }

  async #query(text: string, ...values: unknown[]): Promise<Row[]> {
    await this.#database.open()
    const { rows } = await this.#database.pool.query(text, values)
    return rows as Row[]
  }
}

function countOf(condition: string, name: string): string {
  return `(count(*) filter (where ${condition}))::integer as ${name}`
}

const enableSql = (where: string) => `with enabled as (
    update agenda_jobs set disabled = false where ${where} returning id, name),
  recorded as (${record('enabled', { kind: 'sent' })})
  select id from enabled`

// A job whose lock has expired goes first: it has waited longest.
const nextSql = `select id from agenda_jobs where name = $1 and not disabled
  and ((locked_at is null and next_run_at <= $2) or locked_at <= $3)
  order by locked_at nulls last, next_run_at, priority desc`

const lockSql = `select id from agenda_jobs where id = $1 and name = $2 and not disabled
  and locked_at is null and next_run_at is not distinct from $3`

const unlockSql = `update agenda_jobs set locked_at = null, claim = null
  where id = any($1::uuid[])`

const saveStateSql = `update agenda_jobs set locked_at = $5::timestamptz, next_run_at = $6, last_run_at = $7,
  failed_at = $8, last_finished_at = $9, progress = $10, fail_reason = $11, fail_count = $12,
  last_modified_by = $4, claim = case when $5::timestamptz is not null then claim end
  where id = $1 and name = $2 and ($3::uuid is null or claim = $3) returning id`
