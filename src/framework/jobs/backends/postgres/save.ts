import { PostgresJobRepository } from '@agendajs/postgres-backend'
import type { JobParameters, JobRepositoryOptions } from 'agenda'
import type { Pool, PoolClient } from 'pg'
import { rhythmOf } from '../rhythm'
import { record } from './record'
import { toJob } from './rows'

/**
 * Saves a job as Agenda's own repository does, as part of a transaction: of all that look for a job
 * of this name first and write then, one at a time.
 */
export async function saveJob<DATA>(
  client: PoolClient,
  job: JobParameters<DATA>,
  options: JobRepositoryOptions | undefined,
): Promise<JobParameters<DATA>> {
  const isNew = !job._id
  if (isNew && (job.type === 'single' || job.unique)) await client.query(aloneSql, [job.name])
  const repository = new PostgresJobRepository({
    pool: client as unknown as Pool,
    ensureSchema: false,
  })
  const { _id } = await repository.saveJob(await asDeclared(client, job), options)
  const { rows } = await client.query(savedSql, [String(_id)])
  return rows[0] ? (toJob(rows[0]) as JobParameters<DATA>) : job
}

const aloneSql = `select pg_advisory_xact_lock(hashtextextended('agenda_jobs ' || $1, 0))`

const savedSql = `with saved as (select * from agenda_jobs where id = $1),
  recorded as (${record('saved', { kind: 'sent' })})
  select * from saved`

/**
 * A handle that says nothing of a pause does not end it, and a repetition that is declared again
 * keeps the slot that it waits for.
 */
async function asDeclared<DATA>(
  client: PoolClient,
  job: JobParameters<DATA>,
): Promise<JobParameters<DATA>> {
  if (!job._id && job.type !== 'single') return job
  const [sql, key] = job._id
    ? ['select * from agenda_jobs where id = $1', String(job._id)]
    : [`select * from agenda_jobs where name = $1 and type = 'single'`, job.name]
  const { rows } = await client.query(sql, [key])
  const existing = rows[0] && toJob(rows[0])
  if (!existing) return job
  const disabled = job.disabled ?? existing.disabled ?? false
  const keeps = !job._id && rhythmOf(job) === rhythmOf(existing)
  const nextRunAt = keeps ? (existing.nextRunAt ?? job.nextRunAt) : job.nextRunAt
  return { ...job, nextRunAt, disabled }
}
