import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { moment } from './ledger'
import { Place } from './place'
import { Tables } from './tables'
import { brokenOf, type Conditions, reached, type Verdict } from './trial'

const running = 20
const queued = 100
const inTime = 1_500
// More than what counts as one press of Ctrl-C.
const betweenSignals = 400
// Longer than a worker needs to start, shorter than a lock that was left behind.
const stall = 10_000

/**
 * A worker that is asked to stop ends what it runs, leaves what it has not begun, and is gone; asked
 * twice it gives back what it runs. Nothing of that is run again, or kept locked.
 */
export async function shutdown({ folder }: Conditions): Promise<Verdict> {
  const once = await askedOnce(placeIn(folder, 'once'))
  const twice = await askedTwice(placeIn(folder, 'twice'))
  return {
    figures: `${once.figures}; ${twice.figures}`,
    broken: [...once.broken, ...twice.broken],
  }
}

function placeIn(folder: string, name: string): Place {
  const own = join(folder, name)
  mkdirSync(own)
  const wide = String(queued + running)
  return new Place(own, { AGENDA_MAX_CONCURRENCY: wide, AGENDA_DEFAULT_CONCURRENCY: wide })
}

/** A worker that runs 20 jobs of `ms` each, and has 100 behind them. */
async function begin(place: Place, ms: number) {
  const app = place.app()
  await app.queue.open()
  const calls = Array.from({ length: running + queued }, () => [ms]) as never[][]
  await app.tasks.work?.nowMany(calls)
  await app.close()
  place.settings.AGENDA_DEFAULT_CONCURRENCY = String(running)
  const worker = await place.child('worker').ready()
  await reached(() => place.ledger.runs().length, running, stall)
  return { worker, tables: new Tables(place.file) }
}

async function askedOnce(place: Place): Promise<Verdict> {
  const { worker, tables } = await begin(place, 1_000)
  const asked = moment()
  const code = await worker.stop()
  const took = moment() - asked
  const [done, left, locked] = [tables.inState('SUCCESS'), tables.pending, tables.locked]
  const { again, all } = await runTheRest(place, tables)
  return {
    figures: `SIGTERM: exit ${code} after ${took.toFixed(0)} ms, ${done} done, ${left} pending, ${locked} locked, ${again} run again`,
    broken: brokenOf({
      [`exit code ${code} after one SIGTERM, expected 0`]: code === 0,
      [`it ended after ${took.toFixed(0)} ms, expected at most ${inTime} ms`]: took <= inTime,
      [`${done} jobs are done, expected ${running}`]: done === running,
      [`${left} jobs are pending, expected ${queued}`]: left === queued,
      [`${locked} jobs are locked after one SIGTERM, expected 0`]: locked === 0,
      'another worker did not run what was left after one SIGTERM': all,
      [`${again} jobs were run again after one SIGTERM, expected 0`]: again === 0,
    }),
  }
}

async function askedTwice(place: Place): Promise<Verdict> {
  const { worker, tables } = await begin(place, 2_000)
  worker.signal('SIGTERM')
  await sleep(betweenSignals)
  worker.signal('SIGTERM')
  const code = await worker.exit()
  const [left, locked] = [tables.pending, tables.locked]
  const { all } = await runTheRest(place, tables)
  return {
    figures: `twice: exit ${code}, ${left} pending, ${locked} locked`,
    broken: brokenOf({
      [`exit code ${code} after two SIGTERMs, expected 143`]: code === 143,
      [`${left} jobs are pending after two SIGTERMs, expected ${running + queued}`]:
        left === running + queued,
      'another worker did not run what was left after two SIGTERMs': all,
      [`${locked} jobs are locked after two SIGTERMs, expected 0`]: locked === 0,
    }),
  }
}

/** Has another worker run what is left. @returns whether it ran all, and how many that were done before */
async function runTheRest(place: Place, tables: Tables) {
  const before = new Set(place.ledger.runs().flatMap((run) => (run.ended ? [run.job] : [])))
  place.settings.AGENDA_DEFAULT_CONCURRENCY = String(running + queued)
  const worker = await place.child('worker').ready()
  const all = await reached(() => tables.inState('SUCCESS'), running + queued, stall)
  await worker.stop()
  tables.close()
  const later = place.ledger.runs().filter(({ pid }) => pid === worker.pid)
  return { all, again: later.filter(({ job }) => before.has(job)).length }
}
