import { type JobParameters, toJobId } from 'agenda'
import { ObjectId } from 'mongodb'
import type { Change } from '../../changes'
import type { JobState, Outcome } from '../../results'

/**
 * What Atelier knows of the runs of a job. Results and errors are kept as JSON text: BSON has its
 * own mind about keys such as `$date`.
 */
export interface Run {
  readonly state?: JobState
  readonly attempts?: number
  readonly retries?: number
  /** The latest claim, also when it is over. */
  readonly claim?: string
  readonly worker?: string
  readonly startedAt?: Date
  readonly finishedAt?: Date
  readonly result?: string
  readonly error?: string
  readonly crashes?: number
  readonly terminating?: boolean
  /** When a job that repeats is due after this run. */
  readonly following?: Date
}

/** The latest change of a document; `written` is when, by the server's clock. */
export type StoredChange = Omit<Change, 'id'> & { readonly written: Date }

/** Runs with their latest change: a job, or the result of one that lives elsewhere. */
export interface RunDocument {
  readonly _id: ObjectId | string
  readonly run?: Run
  readonly change?: StoredChange
}

/**
 * A job in the format of Agenda's own backend. Ours stands beside it in fields that Agenda leaves
 * alone, so that job, result and change are always written together, without a transaction.
 */
export type JobDocument = RunDocument &
  Pick<JobParameters, 'name' | 'type'> &
  Nullable<Omit<JobParameters, '_id' | 'name' | 'type'>> & {
    readonly _id: ObjectId
    readonly once?: { readonly key: string; readonly until?: Date }
  }

// What is not set Agenda stores as null, or leaves out.
type Nullable<T> = { [K in keyof T]: T[K] | null }

/** The key of a job; undefined for a text that cannot be one. */
export function toObjectId(id: string): ObjectId | undefined {
  return /^[0-9a-f]{24}$/i.test(id) ? new ObjectId(id) : undefined
}

const optional = [
  'data',
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
  'lastModifiedBy',
  'fork',
  'debounceStartedAt',
  'startDate',
  'endDate',
  'skipDays',
] as const

/** The job of a document as Agenda carries it; what is not set is left out. */
export function toJob(document: JobDocument): JobParameters {
  const { name, type, priority, nextRunAt } = document
  const id = toJobId(document._id.toHexString())
  const job: Record<string, unknown> = { _id: id, name, type, nextRunAt: nextRunAt ?? null }
  job.priority = priority ?? 0
  for (const field of optional) if (document[field] != null) job[field] = document[field]
  return job as unknown as JobParameters
}

/** What a document says of the runs of its job; undefined when nothing is known. */
export function toOutcome(run: Run | undefined): Outcome | undefined {
  if (!run) return undefined
  const { state = 'PENDING', attempts = 0, worker, startedAt, finishedAt, result, error } = run
  return {
    state,
    attempts,
    worker,
    startedAt,
    finishedAt,
    result: result === undefined ? undefined : JSON.parse(result),
    error: error === undefined ? undefined : JSON.parse(error),
  }
}
