import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Application } from '../../src/framework/application'
import { moment } from './ledger'
import { Place } from './place'
import { type Server, serverKinds } from './servers'
import { brokenOf, type Conditions, span, type Verdict } from './trial'

const away = 2_000
const backIn = 10_000
const patience = 30_000
const pause = 10

/**
 * A server that keeps the jobs is ended without notice while they are sent and run, and comes back
 * two seconds later: by themselves the workers go on, and no job that was taken is lost.
 */
export async function blink({ short, folder }: Conditions): Promise<Verdict> {
  const verdicts: Verdict[] = []
  const load = short ? 1_000 : 5_000
  const trials = Object.keys(serverKinds).map((kind) => async () => {
    verdicts.push(await blinkOf(kind, join(folder, kind), load).catch(failedWith(kind)))
  })
  if (short) await Promise.all(trials.map((trial) => trial()))
  else for (const trial of trials) await trial()
  return {
    figures: verdicts.map(({ figures }) => figures).join('; '),
    broken: verdicts.flatMap(({ broken }) => broken),
  }
}

/** @param load for how many ms jobs are sent before the server goes, and again after it is back */
async function blinkOf(kind: string, folder: string, load: number): Promise<Verdict> {
  const missing = serverKinds[kind]?.missing()
  if (missing) return { figures: `${kind} skipped: ${missing}`, broken: [] }
  const server = await serverKinds[kind]?.start(`${folder}-data`)
  if (!server) throw new Error(`There is no server of the kind ${kind}.`)
  mkdirSync(folder)
  const place = new Place(folder, { AGENDA_URL: server.url })
  const app = place.app()
  try {
    return await blinkIn(kind, place, app, server, load)
  } finally {
    await server.kill()
  }
}

/** Other kinds are still to be tried. */
function failedWith(kind: string): (error: Error) => Verdict {
  return ({ message }) => {
    const sentence = `${kind} could not be tried: ${message}`
    return { figures: sentence, broken: [sentence] }
  }
}

async function blinkIn(
  kind: string,
  place: Place,
  app: Application,
  server: Server,
  load: number,
): Promise<Verdict> {
  await app.queue.open()
  const workers = await place.workers(2)
  const sending = new Sending(app)
  await sleep(load)
  await server.kill()
  const [meanwhile] = await Promise.all([app.health(), sleep(away)])
  await server.resume()
  const back = moment()
  const resumed = await resumption(place, sending, back)
  const afterwards = await app.health()
  await sleep(load)
  const ids = await sending.stop()
  const lost = await lostOf(app, ids)
  const ended = (await Promise.all(workers.map((worker) => worker.stop()))).filter(Boolean)
  await app.close()
  return {
    figures:
      `${kind}: away for ${span(away)}, ${ids.length} jobs, work went on after ${span(resumed)}, ` +
      `${lost} lost, ${sending.refused} sends refused`,
    broken: brokenOf({
      [`${kind}: work went on ${span(resumed)} after the server, expected at most ${span(backIn)}`]:
        resumed <= backIn,
      [`${kind}: app.health() said that all was well while the server was away`]:
        !meanwhile.jobs.ok,
      [`${kind}: app.health() said ${afterwards.jobs.error} when it was back`]: afterwards.jobs.ok,
      [`${kind}: ${lost} of ${ids.length} jobs are lost, expected 0`]: lost === 0,
      [`${kind}: workers ended with ${ended.join(', ')}, expected 0`]: ended.length === 0,
    }),
  }
}

/** Sends jobs one after the other, whatever happens, until it is stopped. */
class Sending {
  refused = 0
  /** When a job was taken last, by `moment()`. */
  takenAt = 0
  readonly #ids: string[] = []
  readonly #loop: Promise<void>
  #stopped = false

  constructor(app: Application) {
    this.#loop = this.#send(app)
  }

  /** @returns the jobs that were taken */
  async stop(): Promise<string[]> {
    this.#stopped = true
    await Promise.race([this.#loop, sleep(patience)])
    return this.#ids
  }

  async #send(app: Application): Promise<void> {
    while (!this.#stopped) {
      try {
        const job = await app.tasks.work?.now(20 as never)
        if (job) this.#ids.push(job.id)
        this.takenAt = moment()
      } catch {
        this.refused++
      }
      await sleep(pause)
    }
  }
}

/** How long after `back` a job was taken and one was begun. */
async function resumption(place: Place, sending: Sending, back: number): Promise<number> {
  while (sending.takenAt < back && moment() - back < patience) await sleep(pause)
  const taken = sending.takenAt < back ? undefined : moment()
  const begun = await place.ledger
    .seen(({ began }) => began > back, patience)
    .catch(() => undefined)
  if (taken === undefined || begun === undefined) return Number.POSITIVE_INFINITY
  return Math.max(taken, begun.began) - back
}

/** How many of these jobs do not come to SUCCESS. */
async function lostOf(app: Application, ids: readonly string[]): Promise<number> {
  const deadline = Date.now() + patience
  let left: readonly string[] = ids
  for (;;) {
    const states = await Promise.all(left.map((id) => app.queue.store.results.find(id)))
    left = left.filter((_, index) => states[index]?.state !== 'SUCCESS')
    if (left.length === 0 || Date.now() > deadline) return left.length
    await sleep(100)
  }
}
