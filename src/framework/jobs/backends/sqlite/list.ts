import { jobStates } from '../../results'
import type { JobFilter, ListedJob, TaskCounts } from '../contract'
import type { SqliteFile } from './connection'
import { type ResultRow, toOutcome } from './results'
import { type JobRow, toJob } from './rows'

const purgeAtOnce = 500

/** The jobs that a filter means, the latest sent first. */
export function listJobs(
  file: SqliteFile,
  filter: JobFilter,
  { limit, offset }: { limit: number; offset: number },
): ListedJob[] {
  const ids = latest(file, filter, offset + limit).slice(offset)
  const rows = file.prepare(rowsSql).all(JSON.stringify(ids)) as (JobRow & ResultRow)[]
  return rows.map((row) => ({
    parameters: toJob(row),
    outcome: row.outcome === null ? { state: 'PENDING', attempts: 0 } : toOutcome(row),
  }))
}

const rowsSql = `select jobs.*, results.state as outcome, results.attempts, results.worker,
  results.started_at, results.finished_at, results.result, results.error
  from jobs left join results on results.id = jobs.id
  where jobs.id in (select value from json_each(?)) order by jobs.id desc`

/** The ids that a filter means, the latest first: ids grow with time. */
function latest(file: SqliteFile, { name, state }: JobFilter, count: number): string[] {
  if (name === undefined && state === undefined) return ids(file, latestSql, count)
  const names = name === undefined ? taskNames(file) : [name]
  const found = names.flatMap((each) =>
    (state === undefined ? jobStates : [state]).flatMap((one) =>
      ids(file, `${latestSql} where name = ? and state = ?`, count, each, one),
    ),
  )
  return found.sort().reverse().slice(0, count)
}

function ids(file: SqliteFile, sql: string, count: number, ...values: string[]): string[] {
  const statement = file.prepare(`${sql} order by id desc limit ?`).pluck()
  return statement.all(...values, count) as string[]
}

const latestSql = 'select id from jobs'

/** The names of all tasks that have jobs, in alphabetical order. */
export function taskNames(file: SqliteFile): string[] {
  return file.prepare(namesSql).pluck().all() as string[]
}

// From one name to the next, each by one look into an index, however many jobs there are.
const namesSql = `with recursive names (name) as (
    select min(name) from jobs
    union all
    select (select min(name) from jobs where name > names.name) from names where name is not null)
  select name from names where name is not null`

/** How many jobs of each task stand in each state. */
export function countJobs(file: SqliteFile): TaskCounts[] {
  const sums = jobStates.map((state) => `sum(n * (state = '${state}')) as ${state}`).join(', ')
  const rows = file.prepare(`select name, ${sums} from (${countSql}) group by name`).all()
  return (rows as (TaskCounts['counts'] & { name: string })[]).map(({ name, ...counts }) => ({
    name,
    counts,
  }))
}

const countSql = 'select name, state, count(*) as n from jobs group by name, state'

/**
 * Removes some jobs with their results, as part of a transaction; those that run are left.
 *
 * @returns how many, and whether there may be more
 */
export function purgeSome(file: SqliteFile, { name, state }: JobFilter): [number, boolean] {
  const conditions = [
    `status <> 'running'`,
    ...(name === undefined ? [] : ['name = @name']),
    ...(state === undefined ? [] : ['state = @state']),
  ]
  const sql = `delete from jobs where id in (
    select id from jobs where ${conditions.join(' and ')} limit ${purgeAtOnce}) returning id`
  const gone = file.prepare(sql).pluck().all({ name, state }) as string[]
  for (const id of gone) file.prepare('delete from results where id = ?').run(id)
  return [gone.length, gone.length === purgeAtOnce]
}
