import type { Job, Queue } from '../../jobs'
import { type Answer, counted } from '../answer'
import { table } from '../table'
import { called, record } from './record'
import { filterOf, type Selection } from './selection'
import { total } from './stats'
import { ago, latest } from './times'

const columns = [
  { title: 'id' },
  { title: 'state' },
  { title: 'runs', right: true },
  { title: 'sent', spare: true },
  { title: 'when' },
  { title: 'worker', spare: true },
  { title: 'task', cut: true },
]
// The beginning tells the workers of one store apart.
const enoughOfAnId = 8

/** The jobs that are meant, the latest sent first, and how many there are. */
export async function list(
  queue: Queue,
  { limit, offset, ...selection }: Selection & { limit: number; offset: number },
): Promise<Answer> {
  const jobs = await queue.list(filterOf(selection), { limit, offset })
  const all = total(await queue.stats(), selection)
  return {
    text: (width) =>
      jobs.length === 0
        ? none(all, offset)
        : `${table(columns, jobs.map(row), width)}\n\n${shownOf(jobs.length, all, offset)}`,
    json: { total: all, limit, offset, jobs: jobs.map(record) },
  }
}

function row(job: Job<unknown>): string[] {
  const worker = job.worker?.slice(0, enoughOfAnId) ?? ''
  const { id, state, attempts, sentAt } = job
  return [id, state, String(attempts), sentAt ? ago(sentAt) : '', latest(job), worker, called(job)]
}

function none(all: number, offset: number): string {
  return all > 0 ? `No job after the first ${offset}; there are ${counted(all)}.` : 'No jobs.'
}

function shownOf(count: number, all: number, offset: number): string {
  const end = offset + count
  // Some may have come or gone between the two questions.
  if (offset === 0 && end >= all) return `${counted(count)}.`
  const range = `${offset + 1} to ${end} of ${counted(Math.max(all, end))}`
  return end < all ? `${range}. More: --offset ${end}` : `${range}.`
}
