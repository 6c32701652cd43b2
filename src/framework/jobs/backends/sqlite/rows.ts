import type { JobParameters } from 'agenda'

/** A job as Agenda carries it, with the token of the claim under which somebody holds it. */
export type StoredJob = JobParameters & { claim?: string }

/** A row of `jobs` as SQLite gives it. */
export type JobRow = Readonly<Record<string, string | number | null>>

const dates = [
  'nextRunAt',
  'lockedAt',
  'lastRunAt',
  'lastFinishedAt',
  'failedAt',
  'startDate',
  'endDate',
  'debounceStartedAt',
]
const jsons = ['data', 'repeatInterval', 'unique', 'uniqueOpts', 'skipDays']
const booleans = ['disabled', 'fork']
const plain = [
  'name',
  'type',
  'priority',
  'claim',
  'failCount',
  'failReason',
  'repeatTimezone',
  'repeatAt',
  'progress',
  'lastModifiedBy',
]

type Codec = {
  write(value: unknown): string | number | null
  read(value: string | number): unknown
}

const codecs: Record<string, Codec> = {
  date: { write: (value) => new Date(value as string).getTime(), read: (value) => new Date(value) },
  json: { write: (value) => JSON.stringify(value), read: (value) => JSON.parse(String(value)) },
  boolean: { write: (value) => (value ? 1 : 0), read: (value) => value === 1 },
  plain: { write: (value) => value as string | number, read: (value) => value },
}

/** Every field of a job with its column and how it is written. */
const fields = new Map(
  Object.entries({ date: dates, json: jsons, boolean: booleans, plain }).flatMap(([kind, names]) =>
    names.map((name) => [name, { column: snakeCase(name), codec: codecs[kind] as Codec }] as const),
  ),
)

const columns = [...fields].map(([field, { column, codec }]) => ({ field, column, codec }))

/** The columns for the fields that the job has; a field that is undefined is left out. */
export function toColumns(job: Partial<StoredJob>): Record<string, string | number | null> {
  const row: Record<string, string | number | null> = {}
  for (const [field, value] of Object.entries(job)) {
    const known = fields.get(field)
    if (known && value !== undefined)
      row[known.column] = value === null ? null : known.codec.write(value)
  }
  return row
}

/** The job of a row. As in Agenda, what is not set is undefined, but `nextRunAt` is null. */
export function toJob(row: JobRow): StoredJob {
  const job: Record<string, unknown> = { _id: row.id, nextRunAt: null }
  for (const { field, column, codec } of columns) {
    const value = row[column]
    if (value !== null && value !== undefined) job[field] = codec.read(value)
  }
  if (job.disabled === false) delete job.disabled
  return job as unknown as StoredJob
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
