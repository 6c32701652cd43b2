import { Place } from './place'
import { brokenOf, type Conditions, span, type Verdict } from './trial'

/** A task that blocks the event loop for six times its lock keeps it: nobody else runs the job. */
export async function busyloop({ short, folder }: Conditions): Promise<Verdict> {
  const [blocked, lock] = short ? [4_000, 1_000] : [60_000, 10_000]
  const place = new Place(folder, { AGENDA_DEFAULT_LOCK_LIFETIME: String(lock) })
  const app = place.app()
  await app.queue.open()
  const workers = await place.workers(2)
  const job = await app.tasks.spin?.now(blocked as never)
  const owner: unknown = await job?.result({ timeout: blocked * 2 }).catch(() => undefined)
  await Promise.all(workers.map((worker) => worker.stop()))
  const runs = place.ledger.runs()
  await app.close()
  const state = job?.state
  return {
    figures: `the event loop blocked for ${span(blocked)} under a lock of ${span(lock)}, 2 workers: ${runs.length} run, ${state}`,
    broken: brokenOf({
      [`the job was run ${runs.length} times, expected once`]: runs.length === 1,
      [`the job is ${state}, expected SUCCESS by the worker that began it`]:
        state === 'SUCCESS' && owner === runs[0]?.pid,
    }),
  }
}
