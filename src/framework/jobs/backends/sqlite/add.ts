import type { Knex } from 'knex'
import type { NewJob } from '../contract'
import { recordSql, type SqliteChanges } from './changes'
import type { SqliteFile } from './connection'

/** Stores a job, as part of a transaction; of jobs with one unique key only the first. */
export function addJob(file: SqliteFile, changes: SqliteChanges, job: NewJob): string {
  const existing = job.unique && findUnique(file, job.unique.key)
  if (existing !== undefined) return existing
  const { id, name, priority, nextRunAt } = job
  file.prepare(addSql).run(id, name, priority, JSON.stringify(job.data), nextRunAt.getTime())
  if (job.unique) {
    const { key, until } = job.unique
    file.prepare(reserveSql).run(key, id, until?.getTime() ?? null)
  }
  changes.record({ kind: 'sent', id, name, at: new Date() })
  return id
}

/** Stores a job as part of a transaction that somebody else has begun on the same file. */
export async function addJobWithin(transaction: Knex.Transaction, job: NewJob): Promise<string> {
  const { id, name, priority, nextRunAt, unique } = job
  if (unique) {
    const found = await transaction.raw(findUniqueSql, [unique.key, Date.now()])
    if (found.length > 0) return found[0].id
    await transaction.raw(reserveSql, [unique.key, id, unique.until?.getTime() ?? null])
  }
  const data = JSON.stringify(job.data)
  await transaction.raw(addSql, [id, name, priority, data, nextRunAt.getTime()])
  await transaction.raw(recordSql, ['sent', id, name, Date.now(), null, null])
  return id
}

const addSql = `insert into jobs (id, name, type, priority, data, next_run_at)
  values (?, ?, 'normal', ?, ?, ?)`

const reserveSql = 'insert or replace into uniques (key, id, until) values (?, ?, ?)'

/** The job that holds this key: one that has not ended, or whose time is not over. */
function findUnique(file: SqliteFile, key: string): string | undefined {
  return file.prepare(findUniqueSql).pluck().get(key, Date.now()) as string | undefined
}

const findUniqueSql = `select id from uniques where key = ? and exists (
  select 1 from jobs where jobs.id = uniques.id
  and (until > ? or (disabled = 0 and (locked_at is not null or next_run_at is not null))))`
