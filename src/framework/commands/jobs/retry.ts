import type { Job, Queue } from '../../jobs'
import { type Answer, counted } from '../answer'
import { confirm } from '../confirm'
import { each, findAll } from './each'
import { filterOf, type Selection } from './selection'

const page = 1_000

/**
 * Runs jobs that have ended again, under their ids: those with these ids, or else all that are
 * meant.
 *
 * @throws JobNotFoundError when one does not exist, NotConfirmedError; then none is run
 */
export async function retry(
  queue: Queue,
  ids: readonly string[],
  { yes, ...selection }: Selection & { yes?: boolean },
): Promise<Answer> {
  const jobs = ids.length > 0 ? await findAll(queue, ids) : await selected(queue, selection)
  if (jobs.length === 0) return { text: () => 'No job to run again.', json: [] }
  if (ids.length !== 1) await confirm(`This runs ${counted(jobs.length)} again.`, yes)
  return each(jobs, {
    act: (job) => job.retry(),
    done: 'runs again',
    why: ({ repeats }) => (repeats === undefined ? '' : 'it repeats by itself'),
  })
}

/** All of them before the first one runs again, which may fail again and would be met twice. */
async function selected(queue: Queue, selection: Selection): Promise<Job<unknown>[]> {
  const jobs = new Map<string, Job<unknown>>()
  for (let offset = 0; ; offset += page) {
    const some = await queue.list(filterOf(selection), { limit: page, offset })
    for (const job of some) jobs.set(job.id, job)
    if (some.length < page) return [...jobs.values()]
  }
}
