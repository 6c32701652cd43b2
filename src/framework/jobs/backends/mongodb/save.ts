import type { JobParameters } from 'agenda'
import { type Document, ObjectId } from 'mongodb'
import { debounced } from '../debounce'
import { rhythmOf } from '../rhythm'
import type { MongoConnection } from './connection'
import { type JobDocument, toJob, toObjectId } from './documents'
import { duplicate } from './indexes'
import { changeOf } from './steps'

/** What decides when a repeated job is due: all of it is saved, also what is not set. */
const rhythm = [
  'repeatInterval',
  'repeatTimezone',
  'repeatAt',
  'startDate',
  'endDate',
  'skipDays',
] as const

// What makes the server run code, which the data of a job must not bring in.
const running = new Set(['$where', '$function', '$accumulator', '$expr'])

/** What Agenda's own backend has in every document. */
const empty = {
  lockedAt: null,
  lastFinishedAt: null,
  failedAt: null,
  failCount: null,
  failReason: null,
  lastRunAt: null,
  disabled: null,
  progress: null,
  debounceStartedAt: null,
  fork: null,
}

/**
 * Agenda's `saveJob`: changes a job that has an id, the one job of a `single` name, or the one that
 * matches `unique`; otherwise adds a new one. Whoever comes second in a race finds what the first
 * has added. A pause and the lock of a running worker are left alone.
 */
export async function saveJob(
  connection: MongoConnection,
  job: JobParameters,
  by: string | undefined,
): Promise<JobParameters> {
  const { _id, unique, uniqueOpts, ...fields } = job
  const values = valuesOf(connection, fields, by)
  if (_id) return (await change(connection, String(_id), values)) ?? job
  for (;;) {
    try {
      if (job.type === 'single') return await saveSingle(connection, job, values)
      return await (unique ? saveUnique(connection, job, values) : insert(connection, values))
    } catch (error) {
      if ((error as { code?: number }).code !== duplicate) throw error
      if (unique) await freeKey(connection, job)
    }
  }
}

function valuesOf(
  connection: MongoConnection,
  { lockedAt: _, ...fields }: Partial<JobParameters>,
  by: string | undefined,
): Document {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined)
  const repeats = rhythm.map((field) => [field, fields[field] ?? null])
  const change = changeOf('sent', { name: String(fields.name), written: connection.now() })
  return { ...Object.fromEntries([...set, ...repeats]), lastModifiedBy: by ?? null, change }
}

async function insert({ jobs }: MongoConnection, values: Document): Promise<JobParameters> {
  const document = { _id: new ObjectId(), ...empty, ...values }
  await jobs.insertOne(document as unknown as JobDocument)
  return toJob(document as unknown as JobDocument)
}

async function change(
  { jobs }: MongoConnection,
  id: string,
  values: Document,
): Promise<JobParameters | undefined> {
  const mine = { _id: toObjectId(id), name: values.name } as Document
  const saved = await jobs.findOneAndUpdate(mine, { $set: values }, { returnDocument: 'after' })
  return saved ? toJob(saved) : undefined
}

/** A repeated job keeps the slot that it waits for when it is declared again. */
async function saveSingle(
  connection: MongoConnection,
  job: JobParameters,
  values: Document,
): Promise<JobParameters> {
  const existing = await connection.jobs.findOne({ name: job.name, type: 'single' })
  if (!existing) return insert(connection, values)
  const { nextRunAt, ...others } = values
  const keeps = existing.nextRunAt && rhythmOf(toJob(existing)) === rhythmOf(job)
  const id = existing._id.toHexString()
  return (await change(connection, id, keeps ? others : values)) ?? job
}

async function saveUnique(
  connection: MongoConnection,
  job: JobParameters,
  values: Document,
): Promise<JobParameters> {
  const document = await connection.jobs.findOne(queryOf(job))
  const existing = document ? toJob(document) : undefined
  const debounce = job.uniqueOpts?.debounce
  if (debounce) {
    const { next_run_at, debounce_started_at } = debounced(debounce, existing, job.nextRunAt)
    values.nextRunAt = dateOf(next_run_at)
    values.debounceStartedAt = dateOf(debounce_started_at)
  }
  if (!existing) return insert(connection, { ...values, once: { key: keyOf(job) } })
  if (job.uniqueOpts?.insertOnly && !debounce) return existing
  return (await change(connection, String(existing._id), values)) ?? job
}

/** The job that has this key was changed since, so that the query does not mean it any more. */
async function freeKey({ jobs }: MongoConnection, job: JobParameters): Promise<void> {
  const changed = { 'once.key': keyOf(job), $nor: [queryOf(job)] }
  await jobs.updateOne(changed, { $unset: { once: 1 } })
}

function queryOf({ name, unique }: JobParameters): Document {
  JSON.stringify(unique, (key, value) => {
    if (running.has(key)) throw new RangeError(`A unique job is not looked for with ${key}.`)
    return value
  })
  return { ...unique, name }
}

function keyOf({ name, unique }: JobParameters): string {
  return `agenda ${name} ${JSON.stringify(Object.entries(unique ?? {}).sort())}`
}

function dateOf(time: number | null): Date | null {
  return time === null ? null : new Date(time)
}
