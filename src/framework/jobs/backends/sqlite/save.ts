import type { JobParameters } from 'agenda'
import { debounced } from '../debounce'
import { newId } from '../id'
import type { SqliteFile } from './connection'
import { dataPaths } from './filter'
import { type JobRow, type StoredJob, toColumns, toJob } from './rows'

type Values = Record<string, string | number | null>

/**
 * Agenda's `saveJob`, as part of a transaction: updates a job that has an id, the one job of a `single` name, or the one
 * that matches `unique`; otherwise adds a new one. What a running worker owns is left alone.
 */
export function saveJob(
  file: SqliteFile,
  job: StoredJob,
  modifiedBy: string | undefined,
): StoredJob {
  const { _id, unique, uniqueOpts, ...rest } = job
  const values = toColumns({ ...rest, ...(modifiedBy && { lastModifiedBy: modifiedBy }) })
  if (_id) return update(file, String(_id), values) ?? job
  if (job.type === 'single') return saveSingle(file, job, values)
  if (unique) return saveUnique(file, { ...job, unique }, values)
  return insert(file, values)
}

function insert(file: SqliteFile, values: Values): StoredJob {
  const row: Values = { ...values, id: newId() }
  const names = Object.keys(row)
  const sql = `insert into jobs (${names.map(quote).join(', ')})
    values (${names.map((name) => `@${name}`).join(', ')}) returning *`
  return toJob(file.prepare(sql).get(row) as JobRow)
}

function update(file: SqliteFile, id: string, values: Values): StoredJob | undefined {
  const assignments = Object.keys(values).map((name) => `${quote(name)} = @${name}`)
  const sql = `update jobs set ${assignments.join(', ')} where id = @id and name = @name returning *`
  const row = file.prepare(sql).get({ ...values, id }) as JobRow | undefined
  return row && toJob(row)
}

/** A repeated job keeps the slot that it waits for, and its pause, when it is declared again. */
function saveSingle(file: SqliteFile, job: StoredJob, values: Values): StoredJob {
  const existing = file
    .prepare(`select id from jobs where name = ? and type = 'single'`)
    .get(job.name)
  if (!existing) return insert(file, values)
  const { next_run_at, ...others } = values
  const due = job.nextRunAt !== null && job.nextRunAt <= new Date()
  return update(file, (existing as { id: string }).id, due ? others : values) ?? job
}

type UniqueJob = JobParameters & { unique: Record<string, unknown> }

function saveUnique(file: SqliteFile, job: UniqueJob, values: Values): StoredJob {
  const existing = findUnique(file, job)
  const debounce = job.uniqueOpts?.debounce
  const changed = debounce ? { ...values, ...debounced(debounce, existing, job.nextRunAt) } : values
  if (!existing) return insert(file, changed)
  if (job.uniqueOpts?.insertOnly && !debounce) return existing
  return update(file, String(existing._id), changed) ?? job
}

function findUnique(file: SqliteFile, job: UniqueJob): StoredJob | undefined {
  const parts = ['name = ?']
  const values: (string | number | null)[] = [job.name]
  for (const [key, value] of Object.entries(job.unique)) {
    const [field, ...path] = key.split('.')
    if (field === 'data') {
      const nested = path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)
      for (const [place, text] of dataPaths(nested)) {
        parts.push(`data ->> ? is json_extract(?, '$')`)
        values.push(place, text)
      }
    } else {
      for (const [column, wanted] of Object.entries(toColumns({ [key]: value }))) {
        parts.push(`${quote(column)} is ?`)
        values.push(wanted)
      }
    }
  }
  const row = file.prepare(`select * from jobs where ${parts.join(' and ')} limit 1`).get(...values)
  return row === undefined ? undefined : toJob(row as JobRow)
}

function quote(column: string): string {
  return `"${column}"`
}
