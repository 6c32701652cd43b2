import { byJob } from './ledger'
import { Place } from './place'
import { Tables } from './tables'
import { brokenOf, type Conditions, reached, type Verdict } from './trial'

const deadliest = 3
const stall = 20_000

/**
 * A task that kills its worker begins three times at most, then its job is given up; the jobs that
 * wait before and behind it are run, also those that were in a worker together with it.
 */
export async function poison({ short, folder }: Conditions): Promise<Verdict> {
  const others = short ? 40 : 400
  const place = new Place(folder)
  const app = place.app()
  await app.queue.open()
  const send = (count: number) =>
    app.tasks.work?.nowMany(Array.from({ length: count }, () => [100]) as never[][])
  await send(others / 2)
  const bad = await app.tasks.poison?.now()
  await send(others / 2)
  const crew = await place.child('worker', '2').ready()
  const tables = new Tables(place.file)
  const ended = () => tables.inState('SUCCESS') + tables.inState('FAILURE')
  await reached(ended, others + 1, stall)
  await bad?.refresh()
  const begins = byJob(place.ledger.runs()).get(bad?.id ?? '')?.length ?? 0
  const done = tables.inState('SUCCESS')
  const { locked } = tables
  await crew.stop()
  tables.close()
  await app.close()
  return {
    figures: `began ${begins} times, then ${bad?.state} with ${bad?.error?.name}; of ${others} others ${done} are done, ${locked} still locked`,
    broken: brokenOf({
      [`the deadly task began ${begins} times, expected 1 to ${deadliest}`]:
        begins > 0 && begins <= deadliest,
      [`its job is ${bad?.state} with ${bad?.error?.name}, expected FAILURE with WorkerLostError`]:
        bad?.state === 'FAILURE' && bad.error?.name === 'WorkerLostError',
      [`of ${others} innocent jobs ${done} are SUCCESS, expected all`]: done === others,
      [`${locked} jobs are still locked, expected 0`]: locked === 0,
    }),
  }
}
