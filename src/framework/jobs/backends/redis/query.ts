import {
  computeJobState,
  type JobsOverview,
  type JobsQueryOptions,
  type JobsResult,
  type JobsSort,
  type JobWithState,
} from 'agenda'
import type { RedisBatch } from './batch'
import { type Flat, toJob } from './rows'

const atOnce = 500

/** The jobs of these ids that Agenda's query means, sorted, and how many there are altogether. */
export async function queryJobs(
  batch: RedisBatch,
  ids: readonly string[],
  options: JobsQueryOptions,
): Promise<JobsResult> {
  const found: JobWithState[] = []
  const isMeant = filterOf(options)
  await eachJob(batch, ids, (job) => {
    if (isMeant(job)) found.push(job)
  })
  found.sort(orderOf(options.sort))
  const { skip = 0, limit = 0 } = options
  return { jobs: found.slice(skip, limit > 0 ? skip + limit : undefined), total: found.length }
}

/** How many jobs of each name stand in each of Agenda's states. */
export async function overviewOf(
  batch: RedisBatch,
  ids: readonly string[],
): Promise<JobsOverview[]> {
  const names = new Map<string, JobsOverview>()
  await eachJob(batch, ids, ({ name, state, disabled }) => {
    const row = names.get(name) ?? emptyOverview(name)
    names.set(name, row)
    row.total += 1
    row[state] += 1
    if (disabled) row.paused += 1
  })
  return [...names.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Reads some jobs at a time, as the server answers nobody else meanwhile. */
async function eachJob(
  batch: RedisBatch,
  ids: readonly string[],
  take: (job: JobWithState) => void,
): Promise<void> {
  for (let from = 0; from < ids.length; from += atOnce) {
    const some = ids.slice(from, from + atOnce)
    const now = new Date()
    for (const flat of await batch.run<Flat[]>({ do: 'findMany', ids: some }, some.length)) {
      const job = toJob(flat)
      if (job) take(Object.assign(job, { state: computeJobState(job, now) }) as JobWithState)
    }
  }
}

/** As the official backend has it: data is looked for as a piece of its JSON. */
function filterOf(options: JobsQueryOptions): (job: JobWithState) => boolean {
  const { state, search, data, includeDisabled = true } = options
  const piece = data === undefined ? undefined : JSON.stringify(data).slice(1, -1)
  const text = search?.toLowerCase()
  return (job) =>
    (includeDisabled || !job.disabled) &&
    (state === undefined || (state === 'paused' ? job.disabled === true : job.state === state)) &&
    (!text || job.name.toLowerCase().includes(text)) &&
    (piece === undefined || JSON.stringify(job.data ?? {}).includes(piece))
}

const usual: JobsSort = { nextRunAt: 'desc', lastRunAt: 'desc' }

function orderOf(sort: JobsSort = usual): (a: JobWithState, b: JobWithState) => number {
  const keys = Object.entries(sort) as [keyof JobsSort, 'asc' | 'desc'][]
  return (a, b) => {
    for (const [key, direction] of keys) {
      const [left, right] = [rank(a[key]), rank(b[key])]
      if (left !== right) return left < right === (direction === 'asc') ? -1 : 1
    }
    return 0
  }
}

function rank(value: unknown): string | number {
  if (value instanceof Date) return value.getTime()
  return typeof value === 'number' || typeof value === 'string' ? value : 0
}

function emptyOverview(name: string): JobsOverview {
  const states = { running: 0, scheduled: 0, queued: 0, completed: 0, failed: 0, repeating: 0 }
  return { name, total: 0, ...states, paused: 0 }
}
