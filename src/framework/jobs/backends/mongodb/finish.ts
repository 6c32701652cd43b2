import { type Document, ObjectId } from 'mongodb'
import { storeError } from '../../failure'
import type { Ending } from '../../results'
import type { ClaimedJob } from '../contract'
import { nextRun } from '../ending'
import type { Write } from './batch'
import { type About, finished, isAt, released } from './steps'

// A document may have 16 MiB, and the arguments of the job are in it as well.
const longestResult = 14 * 1_024 * 1_024

/** What an end needs to know of the job that it ends. */
export type HeldJob = Pick<ClaimedJob, '_id' | 'name' | 'claim' | 'following' | 'failCount'>

/** A run has ended, and its job with it unless it is due again. */
export function finishing(job: HeldJob, said: Ending, at: Date, written: Date): Write {
  const ending = thatFits(said, job.name)
  const about = { name: job.name, written }
  const update = ended(job, ending, at, about)
  if (ending.state !== 'RETRY')
    return { ...held(job, [{ update }]), done: isAt(job.claim, ending.state) }
  const last = ended(job, { state: 'REVOKED' }, at, about)
  return { ...unlessTerminating(job, update, last), done: isAt(job.claim, 'RETRY', 'REVOKED') }
}

/** A job is given back, unless somebody asked for its end: then it does not run again. */
export function releasing(job: HeldJob, written: Date): Write {
  const about = { name: job.name, written }
  const last = ended(job, { state: 'REVOKED' }, written, about)
  const write = unlessTerminating(job, unlocked(about, 'released'), last)
  return { ...write, done: isAt(job.claim, 'PENDING', 'REVOKED') }
}

/** How far a run has come. */
export function progressing(job: ClaimedJob, percent: number, written: Date): Write {
  const change = { kind: 'progressed', name: job.name, at: written, written, progress: percent }
  return { ...held(job, [{ update: { $set: { progress: percent, change } } }]), done: () => true }
}

/** The job waits again, at the time at which it was due. */
export function unlocked(about: About, kind: 'released' | 'rescued'): Document {
  return merged(released(about, kind), { $set: { lockedAt: null } })
}

/** The end of a run together with what it means for the job. */
export function ended(job: HeldJob, ending: Ending, at: Date, about: About): Document {
  const succeeded = ending.state === 'SUCCESS'
  const $set: Document = {
    lockedAt: null,
    nextRunAt: nextRun(job, ending),
    lastFinishedAt: at,
    failCount: succeeded ? 0 : (job.failCount ?? 0) + 1,
    failReason: 'error' in ending ? ending.error.message : null,
  }
  if ('error' in ending) $set.failedAt = at
  if (ending.state === 'REVOKED') $set.disabled = true
  const update = merged(finished(about, ending, at), { $set })
  return succeeded ? merged(update, { $unset: { 'run.crashes': 1 } }) : update
}

function unlessTerminating(job: HeldJob, usual: Document, last: Document): Omit<Write, 'done'> {
  const asked = 'run.terminating'
  return held(job, [
    { filter: { [asked]: { $ne: true } }, update: usual },
    { filter: { [asked]: true }, update: last },
  ])
}

/** Refused when the claim is not the latest, or over. */
function held(
  { _id, claim }: HeldJob,
  updates: readonly { filter?: Document; update: Document }[],
): Omit<Write, 'done'> {
  const mine = { 'run.claim': claim, 'run.state': 'STARTED' }
  return {
    id: new ObjectId(String(_id)),
    updates: updates.map(({ filter, update }) => ({ filter: { ...mine, ...filter }, update })),
  }
}

/** A result that cannot be kept is a failure: it would be refused for ever. */
function thatFits(ending: Ending, name: string): Ending {
  if (!('result' in ending) || ending.result === undefined) return ending
  const size = Buffer.byteLength(JSON.stringify(ending.result))
  if (size <= longestResult) return ending
  const [has, most] = [size, longestResult].map(
    (bytes) => `${Math.ceil(bytes / 1_024 / 1_024)} MiB`,
  )
  const error = new RangeError(`The result of ${name} has ${has}; MongoDB can keep ${most}.`)
  return { state: 'FAILURE', error: storeError(error) }
}

/** Both updates as one. */
function merged(first: Document, second: Document): Document {
  const all = { ...first }
  for (const [operator, fields] of Object.entries(second))
    all[operator] = { ...all[operator], ...fields }
  return all
}
