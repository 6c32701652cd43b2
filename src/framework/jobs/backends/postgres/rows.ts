import { type JobParameters, toJobId } from 'agenda'
import type { JobState, Outcome } from '../../results'
import type { Kind } from './batch'
import type { Row } from './connection'
import { statement } from './statement'

/** A job as Agenda carries it, with the token of the claim under which somebody holds it. */
export type StoredJob = JobParameters & { claim?: string }

/** Every field of a job with its column. */
const columns = [
  'name',
  'type',
  'priority',
  'data',
  'nextRunAt',
  'lockedAt',
  'lastRunAt',
  'lastFinishedAt',
  'failedAt',
  'failCount',
  'failReason',
  'repeatInterval',
  'repeatTimezone',
  'repeatAt',
  'disabled',
  'progress',
  'fork',
  'lastModifiedBy',
  'debounceStartedAt',
  'startDate',
  'endDate',
  'skipDays',
  'claim',
].map((field) => [field, snakeCase(field)] as const)

/** The job of a row. As in Agenda, what is not set is undefined, but `nextRunAt` is null. */
export function toJob(row: Row): StoredJob {
  const job: Record<string, unknown> = { _id: toJobId(String(row.id)), nextRunAt: null }
  for (const [field, column] of columns) {
    const value = row[column]
    if (value !== null && value !== undefined) job[field] = value
  }
  for (const field of ['disabled', 'fork']) if (job[field] === false) delete job[field]
  // The column is text; a number of milliseconds shall be one again.
  if (/^\d+$/.test(String(job.repeatInterval))) job.repeatInterval = Number(job.repeatInterval)
  return job as unknown as StoredJob
}

/** The outcome that a row says. */
export function toOutcome(row: Row): Outcome {
  const date = (time: unknown) => (time as Date | null) ?? undefined
  const json = (text: unknown) => (text === null ? undefined : JSON.parse(String(text)))
  return {
    state: row.state as JobState,
    attempts: Number(row.attempts),
    worker: (row.worker as string | null) ?? undefined,
    startedAt: date(row.started_at),
    finishedAt: date(row.finished_at),
    result: json(row.result),
    error: json(row.error),
  }
}

/** Whether a text can be the id of a job; the server refuses any other. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}

/** A text without what the server refuses: a run has ended, whatever its error says. */
export function storable(text: string): string {
  return Buffer.from(text.replaceAll('\0', '')).toString()
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** The job with this id. */
export const findJob: Kind<string, StoredJob | undefined> = {
  statement: statement(`select * from agenda_jobs
    where id in (select value::uuid from json_array_elements_text($1))`),
  answers: (rows, ids) => {
    const jobs = new Map(rows.map((row) => [row.id, toJob(row)]))
    return ids.map((id) => jobs.get(id))
  },
}
