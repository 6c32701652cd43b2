import type { Document } from 'mongodb'
import { WorkerLostError } from '../../../errors'
import { storeError } from '../../failure'
import type { Guarding, Rescued } from '../contract'
import type { MongoBatch } from './batch'
import type { MongoConnection } from './connection'
import { type JobDocument, toJob } from './documents'
import { ended, type HeldJob, releasing, unlocked } from './finish'
import { earliest } from './indexes'
import { workersOf } from './workers'

const atOnce = 200

/**
 * Takes over the jobs of these workers, and those whose locks have expired: each waits again, or is
 * given up when its workers died as often as allowed, or when somebody asked for its end.
 */
export async function rescueJobs(
  connection: MongoConnection,
  guarding: Guarding,
  dead: readonly string[],
): Promise<void> {
  const late = new Date(connection.now().getTime() - guarding.lockLifetime)
  await rescueAll(connection, guarding, { lockedAt: { $gt: earliest, $lt: late } })
  if (dead.length === 0) return
  const theirs = { lockedAt: { $gt: earliest }, 'run.worker': { $in: dead } }
  await rescueAll(connection, guarding, theirs)
  await workersOf(connection).deleteMany({ _id: { $in: [...dead] } })
}

/** Gives back a job whose worker does not know that it has it. */
export async function giveBack(batch: MongoBatch, job: JobDocument, now: Date): Promise<void> {
  await batch.write(releasing(heldOf(job), now))
}

/** Some jobs at a time. */
async function rescueAll(
  connection: MongoConnection,
  { maxCrashes, rescued }: Guarding,
  filter: Document,
): Promise<void> {
  for (;;) {
    const found = await connection.jobs.find<JobDocument>(filter, { limit: atOnce }).toArray()
    const each = await Promise.all(found.map((job) => rescue(connection, job, maxCrashes)))
    const mine = each.flatMap((one) => one ?? [])
    if (mine.length > 0) rescued(mine)
    if (found.length < atOnce) return
  }
}

/** Undefined when somebody else was faster, or the job has ended after all. */
async function rescue(
  connection: MongoConnection,
  job: JobDocument,
  maxCrashes: number,
): Promise<Rescued | undefined> {
  const { _id, name, lockedAt, run } = job
  const { state, update } = verdict(job, maxCrashes, connection.now())
  const asRead = {
    lockedAt,
    'run.claim': run?.claim ?? null,
    'run.terminating': run?.terminating ?? null,
  }
  const { matchedCount } = await connection.jobs.updateOne({ _id, ...asRead } as Document, update)
  if (matchedCount === 0) return undefined
  return { id: _id.toHexString(), name, claim: run?.claim ?? '', state }
}

function verdict(
  document: JobDocument,
  maxCrashes: number,
  now: Date,
): { state: Rescued['state']; update: Document } {
  const { name, run } = document
  const about = { name, written: now }
  const job = heldOf(document)
  if (run?.terminating) {
    const state = 'REVOKED'
    return { state, update: ended(job, { state }, now, about) }
  }
  const crashes = (run?.crashes ?? 0) + 1
  if (crashes < maxCrashes) {
    const update = unlocked(about, 'rescued')
    return {
      state: 'PENDING',
      update: { ...update, $set: { ...update.$set, 'run.crashes': crashes } },
    }
  }
  const state = 'FAILURE'
  const update = ended(
    job,
    { state, error: storeError(new WorkerLostError(maxCrashes)) },
    now,
    about,
  )
  return { state, update: { ...update, $unset: { ...update.$unset, 'run.crashes': 1 } } }
}

/** One that repeats, and whose worker did not come to note when, stays due as it was. */
function heldOf(document: JobDocument): HeldJob {
  const { claim = '', following } = document.run ?? {}
  const job = toJob(document)
  const next = following ?? (job.repeatInterval ? job.nextRunAt : null)
  return { ...job, claim, following: next }
}
