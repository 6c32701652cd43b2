import { isAlive, type Job, type Queue, type WorkerRecord } from '../../jobs'
import type { Answer } from '../answer'
import { table } from '../table'
import { called } from './record'
import { ago, span } from './times'

const columns = [
  { title: 'worker' },
  { title: 'state' },
  { title: 'jobs', right: true },
  { title: 'started', spare: true },
  { title: 'process', right: true },
  { title: 'host', cut: true },
]
const running = [
  { title: 'running now' },
  { title: 'began' },
  { title: 'worker', spare: true },
  { title: 'task', cut: true },
]
// More than the workers of one machine run at a time.
const most = 1_000

/** The workers that are known, and what they run now. */
export async function workers(queue: Queue): Promise<Answer> {
  const known = await queue.workers()
  const jobs = await queue.list({ state: 'STARTED' }, { limit: most })
  const ofEach = known.map((worker) => ({
    worker,
    jobs: jobs.filter((job) => job.worker === worker.id),
  }))
  return {
    text: (width) => (known.length === 0 ? 'No worker.' : tables(ofEach, width)),
    json: ofEach.map(({ worker, jobs }) => ({
      ...worker,
      alive: isAlive(worker),
      running: jobs.map(({ id, name, args, startedAt }) => ({ id, task: name, args, startedAt })),
    })),
  }
}

interface Working {
  readonly worker: WorkerRecord
  readonly jobs: readonly Job<unknown>[]
}

function tables(ofEach: readonly Working[], width: number): string {
  const busy = ofEach.flatMap(({ worker, jobs }) => jobs.map((job) => runningRow(job, worker)))
  const workers = table(columns, ofEach.map(workerRow), width)
  return busy.length === 0 ? workers : `${workers}\n\n${table(running, busy, width)}`
}

function workerRow({ worker, jobs }: Working): string[] {
  const { id, host, pid, concurrency, startedAt, seenAt } = worker
  const state = isAlive(worker) ? 'alive' : `silent for ${span(Date.now() - seenAt.getTime())}`
  return [id, state, `${jobs.length} of ${concurrency}`, ago(startedAt), String(pid), host]
}

function runningRow(job: Job<unknown>, worker: WorkerRecord): string[] {
  const began = job.startedAt ? ago(job.startedAt) : ''
  return [job.id, began, `${worker.pid}`, called(job)]
}
