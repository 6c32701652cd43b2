import type { JobFilter, ListedJob, TaskCounts } from '../contract'
import type { SqliteFile } from './connection'
import { type ResultRow, toOutcome } from './results'
import { type JobRow, toJob } from './rows'

const states = ['PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED'] as const

const joined = 'jobs left join results on results.id = jobs.id'
const stateSql = `coalesce(results.state, 'PENDING')`

/** The jobs that a filter means, the latest sent first: ids grow with time. */
export function listJobs(
  file: SqliteFile,
  filter: JobFilter,
  { limit, offset }: { limit: number; offset: number },
): ListedJob[] {
  const { sql, values } = conditions(filter)
  const rows = file
    .prepare(
      `select jobs.*, results.state, results.attempts, results.worker, results.started_at,
       results.finished_at, results.result, results.error
       from ${joined} where ${sql} order by jobs.id desc limit ? offset ?`,
    )
    .all(...values, limit, offset) as (JobRow & ResultRow)[]
  return rows.map((row) => ({
    parameters: toJob(row),
    outcome: row.state === null ? { state: 'PENDING', attempts: 0 } : toOutcome(row),
  }))
}

/** How many jobs of each task stand in each state. */
export function countJobs(file: SqliteFile): TaskCounts[] {
  const sums = states.map((state) => `sum(${stateSql} = '${state}') as ${state}`).join(', ')
  const rows = file.prepare(`select name, ${sums} from ${joined} group by name order by name`).all()
  return (rows as (TaskCounts['counts'] & { name: string })[]).map(({ name, ...counts }) => ({
    name,
    counts,
  }))
}

/** Removes jobs with their results, as part of a transaction; those that run are left. */
export function purgeJobs(file: SqliteFile, filter: JobFilter): number {
  const { sql, values } = conditions(filter)
  const ids = file
    .prepare(`select jobs.id from ${joined} where ${sql} and jobs.locked_at is null`)
    .pluck()
    .all(...values)
  for (const id of ids) {
    file.prepare('delete from jobs where id = ?').run(id)
    file.prepare('delete from results where id = ?').run(id)
  }
  return ids.length
}

function conditions({ name, state }: JobFilter): { sql: string; values: string[] } {
  const parts = [
    ...(name === undefined ? [] : [['jobs.name = ?', name] as const]),
    ...(state === undefined ? [] : [[`${stateSql} = ?`, state] as const]),
  ]
  return {
    sql: parts.map(([sql]) => sql).join(' and ') || '1',
    values: parts.map(([, value]) => value),
  }
}
