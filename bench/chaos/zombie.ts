import { setTimeout as sleep } from 'node:timers/promises'
import { Place } from './place'
import type { Child } from './processes'
import { Tables } from './tables'
import { brokenOf, type Conditions, type Verdict } from './trial'

// Long enough that the worker can be stopped in the middle of the first run.
const firstRun = 1_500

/**
 * A worker that was stopped past its lock comes back to life, after another one has ended its job or
 * while that one still runs it: its late finish is refused, and the result is the new owner's.
 */
export async function zombie({ folder }: Conditions): Promise<Verdict> {
  const place = new Place(folder, { AGENDA_DEFAULT_LOCK_LIFETIME: '1000' })
  const app = place.app()
  await app.queue.open()
  const workers = await place.workers(2)
  let refused = 0
  let stands = 0
  for (const laterRun of [0, 3_000]) {
    const job = await app.tasks.stay?.now(...([firstRun, laterRun] as never[]))
    const first = await place.ledger.seen((run) => run.job === job?.id, 10_000)
    const sleeper = workers.find(({ pid }) => pid === first.pid) as Child
    sleeper.signal('SIGSTOP')
    const isSecond = (run: { job: string; attempt: number }) =>
      run.job === job?.id && run.attempt === 2
    const second = await place.ledger.seen(isSecond, 20_000)
    if (laterRun === 0) await job?.result({ timeout: 10_000 })
    await sleep(Math.max(0, firstRun - 1_000))
    sleeper.signal('SIGCONT')
    const lost = await sleeper.told('job.lost', 10_000).catch(() => undefined)
    if (lost?.id === job?.id) refused++
    const owner: unknown = await job?.result({ timeout: 10_000 })
    if (owner === second.pid && second.pid !== first.pid) stands++
  }
  const tables = new Tables(place.file)
  const histories = [...tables.histories().values()]
  const accepted = histories.flat().filter((kind) => kind === 'succeeded').length
  const { locked } = tables
  tables.close()
  await Promise.all(workers.map((worker) => worker.stop()))
  await app.close()
  return {
    figures: `2 workers stopped past their lock: ${refused} late finishes refused, ${stands} results of the new owner, ${accepted} finishes accepted, ${locked} still locked`,
    broken: brokenOf({
      [`${refused} late finishes were refused, expected 2`]: refused === 2,
      [`${stands} results are those of the new owner, expected 2`]: stands === 2,
      [`${accepted} finishes were accepted, expected 2`]: accepted === 2,
      [`${locked} jobs are still locked, expected 0`]: locked === 0,
    }),
  }
}
