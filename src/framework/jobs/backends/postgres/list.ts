import type { JobParameters } from 'agenda'
import { jobStates } from '../../results'
import type { JobFilter, ListedJob, TaskCounts } from '../contract'
import type { PostgresDatabase } from './connection'
import { toJob, toOutcome } from './rows'
import { statement } from './statement'

/** The names of all tasks that have jobs, from one to the next by one look into an index. */
const namesSql = `names (name) as (
    select min(name) from agenda_jobs
    union all
    select (select min(name) from agenda_jobs j where j.name > names.name)
    from names where name is not null)`

/** Every part of the index that a filter means; $1 and $2 are its name and state, or null. */
const partsSql = `with recursive ${namesSql},
  parts as (select name, state from names, unnest(array['${jobStates.join("','")}']) as state
    where name is not null and name = coalesce($1, name) and state = coalesce($2, state))`

const listSql = statement(`${partsSql},
  page as (select one.id from parts cross join lateral (
      select id from agenda_jobs j where j.name = parts.name and j.state = parts.state
      order by id desc limit $3::integer + $4::integer) one
    order by one.id desc limit $3 offset $4)
  select j.* from page join agenda_jobs j using (id) order by j.id desc`)

const latestSql = statement(
  'select * from agenda_jobs order by id desc limit $1::integer offset $2::integer',
)

/** The jobs that a filter means, the latest sent first: ids grow with time. */
export async function listJobs(
  database: PostgresDatabase,
  { name, state }: JobFilter,
  { limit, offset }: { limit: number; offset: number },
): Promise<ListedJob[]> {
  const all = name === undefined && state === undefined
  const rows = all
    ? await database.query(latestSql, limit, offset)
    : await database.query(listSql, name, state, limit, offset)
  return rows.map((row) => ({ parameters: toJob(row) as JobParameters, outcome: toOutcome(row) }))
}

const countSql = statement(`select name, ${jobStates
  .map((state) => `coalesce(sum(n) filter (where state = '${state}'), 0)::integer as "${state}"`)
  .join(', ')}
  from (select name, state, count(*) as n from agenda_jobs group by name, state) counted
  group by name order by name collate "C"`)

/** How many jobs of each task stand in each state. */
export async function countJobs(database: PostgresDatabase): Promise<TaskCounts[]> {
  const rows = await database.query<TaskCounts['counts'] & { name: string }>(countSql)
  return rows.map(({ name, ...counts }) => ({ name, counts }))
}

const purgeSql = statement(`${partsSql},
  page as (select one.id from parts cross join lateral (
      select id from agenda_jobs j where j.name = parts.name and j.state = parts.state
      and j.locked_at is null limit 500 for update skip locked) one limit 500)
  delete from agenda_jobs where id in (select id from page) returning id`)

/** Removes jobs for good, a few at a time; those that run are left. */
export async function purgeJobs(
  database: PostgresDatabase,
  { name, state }: JobFilter,
): Promise<number> {
  for (let removed = 0; ; ) {
    const gone = await database.query(purgeSql, name, state)
    removed += gone.length
    if (gone.length === 0) return removed
  }
}

/** The names of all tasks that have jobs, in alphabetical order. */
export async function taskNames(database: PostgresDatabase): Promise<string[]> {
  const rows = await database.query<{ name: string }>(allNames)
  return rows.map(({ name }) => name).sort()
}

const allNames = statement(
  `with recursive ${namesSql} select name from names where name is not null`,
)
