import { type JobId, type JobParameters, toJobId } from 'agenda'
import type { JobState, Outcome } from '../../results'

/** A job as Agenda carries it, with the token of the claim under which somebody holds it. */
export type StoredJob = JobParameters & { claim?: string }

/** The fields of a hash with their values in turn, as a script answers. */
export type Flat = readonly string[]

const readers: Record<string, (text: string) => unknown> = {}
const times = [
  'nextRunAt',
  'lastRunAt',
  'lastFinishedAt',
  'failedAt',
  'startDate',
  'endDate',
  'debounceStartedAt',
]
for (const field of times) readers[field] = (text) => new Date(text)
for (const field of ['priority', 'failCount', 'progress']) readers[field] = Number
for (const field of ['data', 'skipDays']) readers[field] = (text) => JSON.parse(text)
for (const field of ['name', 'type', 'failReason', 'repeatTimezone', 'repeatAt', 'lastModifiedBy'])
  readers[field] = String
readers.claim = String
readers.repeatInterval = (text) => (/^\d+$/.test(text) ? Number(text) : text)
for (const field of ['disabled', 'fork']) readers[field] = (text) => text === 'true' || undefined

/** The job of a hash. What is not set is left out, but `nextRunAt` is null. */
export function toJob(flat: Flat): StoredJob | undefined {
  if (flat.length === 0) return undefined
  const job: Record<string, unknown> = { nextRunAt: null, priority: 0 }
  for (const [field, text] of pairs(flat)) {
    if (text === 'null') continue
    if (field === 'id') job._id = toJobId(text) satisfies JobId
    else if (field === 'lockedAtMs') job.lockedAt = new Date(Number(text))
    else if (readers[field]) job[field] = readers[field](text)
  }
  return job as unknown as StoredJob
}

/** The outcome of a hash; undefined when nothing is known. */
export function toOutcome(flat: Flat): Outcome | undefined {
  if (flat.length === 0) return undefined
  const row = Object.fromEntries(pairs(flat)) as Record<string, string | undefined>
  const date = (text: string | undefined) => (text ? new Date(Number(text)) : undefined)
  return {
    state: row.state as JobState,
    attempts: Number(row.attempts ?? 0),
    worker: row.worker,
    startedAt: date(row.startedAt),
    finishedAt: date(row.finishedAt),
    result: row.result === undefined ? undefined : JSON.parse(row.result),
    error: row.error === undefined ? undefined : JSON.parse(row.error),
  }
}

function* pairs(flat: Flat): Generator<[string, string]> {
  for (let index = 0; index < flat.length; index += 2)
    yield [flat[index] as string, flat[index + 1] as string]
}
