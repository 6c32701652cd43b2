import type { JobParameters } from 'agenda'
import { type JobState, jobStates } from '../../results'
import type { JobFilter, ListedJob, TaskCounts } from '../contract'
import type { RedisBatch } from './batch'
import { type Flat, toJob, toOutcome } from './rows'

const purgeAtOnce = 500

/** The jobs that a filter means, the latest sent first. */
export async function listJobs(
  batch: RedisBatch,
  filter: JobFilter,
  page: { limit: number; offset: number },
): Promise<ListedJob[]> {
  const rows = await batch.run<[job: Flat, result: Flat][]>({ do: 'list', ...filter, ...page })
  return rows.map(([job, result]) => ({
    parameters: toJob(job) as JobParameters,
    outcome: toOutcome(result) ?? { state: 'PENDING', attempts: 0 },
  }))
}

/** How many jobs of each task stand in each state. */
export async function countJobs(batch: RedisBatch): Promise<TaskCounts[]> {
  const rows = await batch.run<[name: string, ...counts: number[]][]>({ do: 'stats' })
  return rows
    .filter(([, ...counts]) => counts.some((count) => count > 0))
    .map(([name, ...counts]) => {
      const pairs = jobStates.map((state, index) => [state, counts[index] ?? 0])
      return { name, counts: Object.fromEntries(pairs) as TaskCounts['counts'] }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Removes jobs with their results, a few at a time; those that run are left. */
export async function purgeJobs(batch: RedisBatch, filter: JobFilter): Promise<number> {
  const names =
    filter.name === undefined ? await batch.run<string[]>({ do: 'names' }) : [filter.name]
  let removed = 0
  for (const name of names) {
    for (const state of filter.state === undefined ? jobStates : [filter.state])
      removed += await purgeSome(batch, name, state)
  }
  return removed
}

async function purgeSome(batch: RedisBatch, name: string, state: JobState): Promise<number> {
  let removed = 0
  for (let offset = 0; ; ) {
    const order = { do: 'purge', name, state, offset, limit: purgeAtOnce }
    const [seen, gone] = await batch.run<[number, number]>(order, purgeAtOnce)
    removed += gone
    offset += seen - gone
    if (seen < purgeAtOnce) return removed
  }
}
