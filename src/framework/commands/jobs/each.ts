import type { Job, Queue } from '../../jobs'
import type { Answer } from '../answer'

// As many as a store takes in one commit, and few enough not to crowd it.
const atOnce = 100

/** What is done to each of several jobs. */
export interface Deed {
  /** @returns whether it was done */
  act(job: Job<unknown>): Promise<boolean>
  /** What is said of a job to which it was done, as in `revoked`. */
  readonly done: string
  /** What is said of one to which it was not, beside its state. */
  why?(job: Job<unknown>): string
}

/**
 * The jobs with these ids, in their order.
 *
 * @throws JobNotFoundError when one of them does not exist, so that none is changed
 */
export function findAll(queue: Queue, ids: readonly string[]): Promise<Job<unknown>[]> {
  return Promise.all([...new Set(ids)].map((id) => queue.find(id)))
}

/** Does something to each job, and says of each whether it was done. */
export async function each(jobs: readonly Job<unknown>[], deed: Deed): Promise<Answer> {
  const outcomes: { job: Job<unknown>; done: boolean }[] = []
  for (let start = 0; start < jobs.length; start += atOnce) {
    const some = jobs.slice(start, start + atOnce)
    const done = await Promise.all(some.map((job) => deed.act(job)))
    outcomes.push(...some.map((job, index) => ({ job, done: done[index] === true })))
  }
  return {
    text: () => outcomes.map(({ job, done }) => line(job, deed, done)).join('\n'),
    json: outcomes.map(({ job, done }) => ({
      id: job.id,
      task: job.name,
      state: job.state,
      done,
    })),
    refused: outcomes.some(({ done }) => !done),
  }
}

function line(job: Job<unknown>, { done: said, why }: Deed, done: boolean): string {
  const reason = why?.(job) ?? ''
  const left = `left as it is, ${job.state}${reason && `: ${reason}`}`
  return `${job.name}[${job.id}] ${done ? said : left}`
}
