import { Place } from './place'
import type { Child } from './processes'
import { brokenOf, type Conditions, type Verdict } from './trial'

const longest = 2_000
const patience = 10_000

/** A worker dies with a job: within 2 s another one has begun it again, every time. */
export async function rescue({ short, folder }: Conditions): Promise<Verdict> {
  const kills = short ? 5 : 50
  const place = new Place(folder)
  const app = place.app()
  await app.queue.open()
  let workers = await place.workers(2)
  const waits: number[] = []
  for (let kill = 0; kill < kills; kill++) {
    const job = await app.tasks.stay?.now(...([60_000, 0] as never[]))
    const first = await place.ledger.seen((run) => run.job === job?.id, 10_000)
    const victim = workers.find(({ pid }) => pid === first.pid) as Child
    victim.signal('SIGKILL')
    const replacement = place.child('worker')
    const again = (run: { job: string; attempt: number }) => run.job === job?.id && run.attempt > 1
    const second = await place.ledger.seen(again, patience).catch(() => undefined)
    waits.push((second?.began ?? Number.POSITIVE_INFINITY) - (victim.killedAt ?? 0))
    if (!second) break
    workers = [...workers.filter((worker) => worker !== victim), await replacement.ready()]
  }
  await Promise.all(workers.map((worker) => worker.stop()))
  await app.close()
  waits.sort((a, b) => a - b)
  const middle = waits[Math.floor(waits.length / 2)] ?? 0
  const most = waits.at(-1) ?? 0
  return {
    figures: `${waits.length} kills, from the kill to the next run: median ${middle.toFixed(0)} ms, longest ${most.toFixed(0)} ms`,
    broken: brokenOf({
      [`the longest rescue took ${most.toFixed(0)} ms, expected at most ${longest} ms`]:
        most <= longest,
    }),
  }
}
