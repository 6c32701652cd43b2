import type { Collection, Document } from 'mongodb'
import { type JobState, jobStates } from '../../results'
import type { JobFilter, ListedJob, TaskCounts } from '../contract'
import { type JobDocument, toJob, toOutcome } from './documents'

const nothing = { state: 'PENDING', attempts: 0 } as const

/** The jobs that a filter means, the latest sent first: ids grow with time. */
export async function listJobs(
  jobs: Collection<JobDocument>,
  filter: JobFilter,
  { limit, offset }: { limit: number; offset: number },
): Promise<ListedJob[]> {
  if (limit === 0) return []
  const page = { sort: { _id: -1 }, skip: offset, limit } as const
  const documents = await jobs.find(conditions(filter), page).toArray()
  return documents.map((document) => ({
    parameters: toJob(document),
    outcome: toOutcome(document.run) ?? nothing,
  }))
}

/** How many jobs of each task stand in each state, counted in an index. */
export async function countJobs(jobs: Collection<JobDocument>): Promise<TaskCounts[]> {
  const group = { $group: { _id: { name: '$name', state: '$run.state' }, count: { $sum: 1 } } }
  const rows = await jobs.aggregate<CountRow>([group], { hint: 'atelier_tasks' }).toArray()
  const tasks = new Map<string, Record<JobState, number>>()
  for (const { _id, count } of rows) {
    const counts = tasks.get(_id.name) ?? noCounts()
    counts[_id.state ?? 'PENDING'] += count
    tasks.set(_id.name, counts)
  }
  return [...tasks]
    .map(([name, counts]) => ({ name, counts }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

interface CountRow {
  readonly _id: { readonly name: string; readonly state?: JobState | null }
  readonly count: number
}

function noCounts(): Record<JobState, number> {
  return Object.fromEntries(jobStates.map((state) => [state, 0])) as Record<JobState, number>
}

/** Removes jobs with their results; those that run are left. */
export async function purgeJobs(jobs: Collection<JobDocument>, filter: JobFilter): Promise<number> {
  const { deletedCount } = await jobs.deleteMany({ ...conditions(filter), lockedAt: null })
  return deletedCount
}

/** With a name every state is asked for, so that one index finds them in order. */
function conditions({ name, state }: JobFilter): Document {
  const all = name === undefined ? {} : { 'run.state': { $in: [null, ...jobStates] } }
  const one = state === 'PENDING' ? { 'run.state': { $in: [null, state] } } : { 'run.state': state }
  return { ...(name !== undefined && { name }), ...(state === undefined ? all : one) }
}
