import { createHash } from 'node:crypto'
import type { Knex } from 'knex'
import type { NewJob } from '../contract'
import type { Kind } from './batch'
import type { PostgresDatabase } from './connection'
import { record } from './record'
import { type Statement, statement } from './statement'

const fields = `id uuid, name text, priority integer, data jsonb, "nextRunAt" timestamptz,
  key text, until timestamptz`

const insert = (rows: string) => `insert into agenda_jobs (id, name, priority, data, next_run_at)
  select id, name, priority, data, "nextRunAt" from ${rows}
  on conflict (id) do nothing returning id, name`

/** The id of the job that has each key. */
type Ids = ReadonlyMap<string, string>

/** Stores jobs that are not unique; one whose answer got lost may be sent again. */
export const addJobs: Kind<readonly NewJob[], Ids> = {
  items: flat,
  statement: statement(`with given as (select * from json_to_recordset($1) as (${fields})),
    added as (${insert('given')})
    ${record('added', { kind: 'sent' })}`),
  answers: (_, steps) => steps.map(() => new Map()),
}

// Of those that are sent together with one key the first.
const given = `given as (select distinct on (key) * from json_to_recordset($1) as (${fields})
  order by key, id)`

/**
 * Takes hold of the keys, in an order in which nobody waits for each other: who comes later waits
 * until this transaction ends, and then sees what it did.
 */
export const holdKeys: Kind<readonly NewJob[], void> = {
  items: flat,
  statement: statement(`with ${given}
    insert into agenda_uniques (key, id, until) select key, id, until from given order by key
    on conflict (key) do update set key = excluded.key`),
  answers: (_, steps) => steps.map(() => undefined),
}

// A key is held only while its job is there.
const isHeld = `exists (select from agenda_jobs j where j.id = u.id and (u.until > now()
  or not j.disabled and (j.locked_at is not null or j.next_run_at is not null)))`

/** Stores those jobs whose keys nobody else has. */
export const addUnique: Kind<readonly NewJob[], Ids> = {
  items: flat,
  statement: statement(`with ${given},
    taken as (update agenda_uniques u set id = given.id, until = given.until from given
      where u.key = given.key and (u.id = given.id or not (${isHeld}))
      returning u.key, u.id),
    added as (${insert('given where id in (select id from taken)')}),
    recorded as (${record('added', { kind: 'sent' })})
    select u.key, coalesce(taken.id, u.id) as id from given
    join agenda_uniques u using (key) left join taken using (key)`),
  answers: (rows, steps) => {
    const ids = new Map(rows.map(({ key, id }) => [String(key), String(id)]))
    return steps.map(() => ids)
  },
}

/** Stores many jobs, all or none, some at a time. @returns the id of each, or of who has its key */
export function addMany(database: PostgresDatabase, jobs: readonly NewJob[]): Promise<string[]> {
  return database.transaction((client) =>
    addAll(jobs, async ({ name, text }, value) => {
      const { rows } = await client.query({ name, text, values: [value] })
      return rows
    }),
  )
}

/** Stores jobs as part of a transaction that somebody else has begun on the same database. */
export function addWithin(
  transaction: Knex.Transaction,
  jobs: readonly NewJob[],
): Promise<string[]> {
  return addAll(jobs, async ({ text }, value) => {
    const { rows } = await transaction.raw(text.replace('$1', '?'), [value])
    return rows
  })
}

type Run = (sql: Statement, value: string) => Promise<{ key: string; id: string }[]>

async function addAll(jobs: readonly NewJob[], run: Run): Promise<string[]> {
  const ids = new Map<string, string>()
  for (const some of chunks(jobs.filter((job) => !job.unique)))
    await run(addJobs.statement, JSON.stringify(some))
  for (const some of chunks(inOrder(jobs.filter((job) => job.unique)))) {
    const value = JSON.stringify(flat([some]))
    await run(holdKeys.statement, value)
    for (const { key, id } of await run(addUnique.statement, value)) ids.set(key, id)
  }
  return idsOf(jobs, ids)
}

function* chunks(jobs: readonly NewJob[], size = 1_000): Generator<readonly NewJob[]> {
  for (let from = 0; from < jobs.length; from += size) yield jobs.slice(from, from + size)
}

/** By their keys, so that nobody waits for each other from one chunk to the next. */
function inOrder(jobs: readonly NewJob[]): readonly NewJob[] {
  return jobs.toSorted((a, b) => ((keyOf(a) ?? '') < (keyOf(b) ?? '') ? -1 : 1))
}

/** What the statements take. */
function flat(steps: readonly (readonly NewJob[])[]): readonly unknown[] {
  return steps.flat().map((job) => ({ ...job, key: keyOf(job), until: job.unique?.until }))
}

/** The id of each job, or of the one that has its key. */
export function idsOf(jobs: readonly NewJob[], ids: Ids): string[] {
  return jobs.map((job) => ids.get(keyOf(job) ?? '') ?? job.id)
}

/** A key may be longer than what an index takes. */
function keyOf({ unique }: NewJob): string | undefined {
  return unique && createHash('sha256').update(unique.key).digest('hex')
}
