import { setTimeout as sleep } from 'node:timers/promises'
import { byJob, moment, type Run } from './ledger'
import { Place } from './place'
import type { Child } from './processes'
import { Tables } from './tables'
import { brokenOf, type Conditions, chance, reached, type Verdict } from './trial'

const crewSize = 3
// Longer than a lock: what is still not done then never will be.
const stall = 45_000

/**
 * Workers are killed at random moments, while they run jobs and while they start, and replaced at
 * once. What can be promised is at least once: a job whose worker was killed runs again, also when
 * its task had come to its last line, as long as the store had not accepted that. What the store has
 * accepted never runs again, and no two workers ever have a job at the same time. So
 *
 * - lost: has no run that came to its end, or is not SUCCESS in the store;
 * - finished twice: `succeeded` stands twice among its changes, or anything stands after it, or it
 *   came to its end twice although the first of these workers lived on;
 * - overlapping: a run began before the one before it had ended or its worker was killed, or two
 *   runs have the same attempt;
 * - still locked: the row has a lock or a claim when all is done.
 */
export async function kill9({ short, folder, seed }: Conditions): Promise<Verdict> {
  const [jobs, kills, longest] = short ? [300, 10, 260] : [10_000, 100, 120]
  const place = new Place(folder, { AGENDA_MAX_CRASHES: '1000' })
  const random = chance(seed)
  const began = moment()
  const app = place.app()
  await app.queue.open()
  const tables = new Tables(place.file)
  const send = (count: number) =>
    app.tasks.work?.nowMany(
      Array.from({ length: count }, () => [10 + Math.floor(random() * longest)]) as never[][],
    )
  const crew = await place.workers(crewSize)
  const killed: Child[] = []
  for (let kill = 0; kill < kills; kill++) {
    await send(jobs / kills)
    await sleep(100 + random() * (short ? 300 : 900))
    const slot = Math.floor(random() * crewSize)
    const victim = crew[slot] as Child
    victim.signal('SIGKILL')
    killed.push(victim)
    crew[slot] = place.child('worker')
  }
  await reached(() => tables.inState('SUCCESS'), jobs, stall)
  const { locked, astray } = tables
  const runs = judge(place.ledger.runs(), killed)
  const store = judgeStore(tables.histories())
  const lost = jobs - Math.min(tables.inState('SUCCESS'), runs.ended)
  await Promise.all(crew.map((worker) => worker.stop()))
  tables.close()
  await app.close()
  const twice = runs.twice + store.twice
  const seconds = ((moment() - began) / 1_000).toFixed(0)
  return {
    figures:
      `${jobs} jobs, ${crewSize} workers, ${kills} kills, ${seconds} s: ${lost} lost, ` +
      `${twice} finished twice, ${runs.overlapping} overlapping claims, ${locked} still locked; ` +
      `${runs.again} run again, ${runs.endedAgain} of them after their last line (CHAOS_SEED=${seed})`,
    broken: brokenOf({
      [`${lost} jobs are lost, expected 0`]: lost === 0,
      [`${twice} jobs finished twice, expected 0`]: twice === 0,
      [`${runs.overlapping} claims overlap, expected 0`]: runs.overlapping === 0,
      [`${locked} jobs are still locked, expected 0`]: locked === 0,
      [`${astray} jobs say another state than their results, expected 0`]: astray === 0,
      [`${store.strange} jobs have an impossible history, expected 0`]: store.strange === 0,
    }),
  }
}

/** @param killed the workers that were killed, with when */
function judge(runs: readonly Run[], killed: readonly Child[]) {
  const deaths = new Map(killed.map(({ pid, killedAt }) => [pid, killedAt ?? 0]))
  const found = { ended: 0, twice: 0, overlapping: 0, again: 0, endedAgain: 0 }
  for (const ofJob of byJob(runs).values()) {
    if (ofJob.some(({ ended }) => ended !== undefined)) found.ended++
    if (ofJob.length > 1) found.again++
    for (const [index, run] of ofJob.slice(0, -1).entries()) {
      const next = ofJob[index + 1] as Run
      const over = run.ended ?? deaths.get(run.pid) ?? Number.POSITIVE_INFINITY
      if (next.began < over || next.attempt === run.attempt) found.overlapping++
      if (run.ended === undefined) continue
      found.endedAgain++
      const died = deaths.get(run.pid) ?? Number.POSITIVE_INFINITY
      if (died > next.began) found.twice++
    }
  }
  return found
}

const possible = /^sent (started (rescued|released) )*started succeeded $/

function judgeStore(histories: ReadonlyMap<string, readonly string[]>) {
  const found = { twice: 0, strange: 0 }
  for (const history of histories.values()) {
    const afterEnd = history.slice(history.indexOf('succeeded') + 1)
    if (history.includes('succeeded') && afterEnd.length > 0) found.twice++
    else if (!possible.test(`${history.join(' ')} `)) found.strange++
  }
  return found
}
