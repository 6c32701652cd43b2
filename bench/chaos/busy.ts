import type { Waits } from './lock-waits'
import { Place } from './place'
import type { News } from './processes'
import { Tables } from './tables'
import { brokenOf, type Conditions, reached, type Verdict } from './trial'

const producerCount = 8
const workerCount = 4
const pause = 12
const longestWait = 20
const stall = 20_000
const startLimit = 60_000

/**
 * Twelve processes write one SQLite file at once: no error reaches anyone, every job is done, and
 * no event loop is blocked for more than 20 ms by a wait for a lock. A wait that was longer only
 * because no processor was free, as bare waits beside it were, is not the store's. The short form,
 * which may run beside anything, only says how long it was.
 */
export async function busy({ short, folder }: Conditions): Promise<Verdict> {
  const ms = short ? 4_000 : 60_000
  const place = new Place(folder, { AGENDA_DEFAULT_CONCURRENCY: '20' })
  const app = place.app()
  await app.queue.open()
  const start = (file: string, count: number) =>
    Promise.all(Array.from({ length: count }, () => place.child(file, 'watched').ready()))
  const all = [start('producer', producerCount), start('worker', workerCount)]
  const [producers = [], workers = []] = await Promise.all(all)
  for (const producer of producers) producer.tell({ event: 'flood', ms, pause })
  const flooded = await Promise.all(producers.map((each) => each.told('flooded', ms + startLimit)))
  const ids = flooded.flatMap((news) => news.ids as string[])
  const tables = new Tables(place.file)
  await reached(() => tables.inState('SUCCESS'), ids.length, stall)
  for (const worker of workers) worker.tell({ event: 'report' })
  const reports = await Promise.all(workers.map((worker) => worker.told('waits', startLimit)))
  const failed = workers.flatMap(({ news }) => news.filter(isFailure).map(({ why }) => String(why)))
  const errors = [...failed, ...flooded.flatMap((news) => news.errors as string[])]
  await Promise.all([...producers, ...workers].map((child) => child.stop()))
  const lost = lostOf(ids, tables.histories())
  tables.close()
  await app.close()
  const sent = `${ids.length} jobs in ${ms / 1_000} s`
  const allowed = short ? Number.POSITIVE_INFINITY : longestWait
  return verdict(sent, errors, lost, [...flooded, ...reports] as unknown as Waits[], allowed)
}

function verdict(
  sent: string,
  errors: string[],
  lost: number,
  reports: readonly Waits[],
  allowed: number,
): Verdict {
  const worst = (of: (waits: Waits) => number) => Math.max(...reports.map(of))
  const total = (of: (waits: Waits) => number) => reports.reduce((sum, each) => sum + of(each), 0)
  const [lock, bare, loop] = [worst((w) => w.lock), worst((w) => w.bare), worst((w) => w.loop)]
  const figures =
    `${sent}, ${producerCount} producers, ${workerCount} workers: ${errors.length} errors, ${lost} lost; ` +
    `${total((w) => w.locks)} lock waits (${total((w) => w.busy)} tried again), longest ${lock.toFixed(1)} ms; ` +
    `a bare wait of 5 ms took up to ${bare.toFixed(1)} ms, the event loop was late by up to ${loop.toFixed(0)} ms`
  return {
    figures,
    broken: brokenOf({
      [`${errors.length} errors, expected 0; the first: ${errors[0]}`]: errors.length === 0,
      [`${lost} jobs are lost, expected 0`]: lost === 0,
      [`an event loop waited ${lock.toFixed(1)} ms for a lock, expected at most ${allowed} ms, or as a bare wait`]:
        lock <= Math.max(allowed, bare),
    }),
  }
}

function isFailure({ event }: News): boolean {
  return event === 'store.failed'
}

/** How many of these jobs have not succeeded exactly once. */
function lostOf(ids: readonly string[], histories: ReadonlyMap<string, readonly string[]>): number {
  const done = (id: string) =>
    histories.get(id)?.filter((kind) => kind === 'succeeded').length === 1
  return ids.filter((id) => !done(id)).length
}
