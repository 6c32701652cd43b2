import { randomUUID } from 'node:crypto'
import type { AnyBulkWriteOperation, Collection, Document } from 'mongodb'
import type { ClaimedJob, Wish } from '../contract'
import { type JobDocument, toJob } from './documents'
import { findDue, waiting } from './due'
import { started } from './steps'

/**
 * Claims what is due, in two commands for any number of jobs: which are due, and a write to each that
 * holds only while the job is as it was read. Only when somebody else was faster with one, a third
 * command asks which were won.
 *
 * @param now by the server's clock
 */
export async function claimDue(
  jobs: Collection<JobDocument>,
  wish: Wish,
  now: Date,
): Promise<ClaimedJob[]> {
  const due = await findDue(jobs, wish, now)
  if (due.length === 0) return []
  const token = randomUUID()
  const claims = due.map((document) => claimOf(document, token, wish))
  const writes = due.map((document, index) => writeOf(document, claims[index] as ClaimedJob, now))
  const { matchedCount } = await jobs.bulkWrite(writes, { ordered: false })
  if (matchedCount === due.length) return claims
  return matchedCount === 0 ? [] : ofLatest(jobs, due, claims)
}

/** The job as it will be. The worker's clock says when a run begins, yet never before it is due. */
function claimOf(document: JobDocument, token: string, { worker, following }: Wish): ClaimedJob {
  const at = new Date(Math.max(Date.now(), Number(document.nextRunAt)))
  const job = { ...toJob(document), lockedAt: at, lastRunAt: at, lastModifiedBy: worker }
  delete job.progress
  const { attempts = 0, retries = 0 } = document.run ?? {}
  const claim = `${token}.${document._id}`
  return { ...job, claim, attempts: attempts + 1, retries, following: following(job, at) }
}

/** Refused when anything has happened to the job since it was read. */
function writeOf(
  { _id, name, nextRunAt, change }: JobDocument,
  { claim, lastRunAt: at, lastModifiedBy: worker, following }: ClaimedJob,
  now: Date,
): AnyBulkWriteOperation<JobDocument> {
  const unchanged = { ...waiting, nextRunAt, 'change.written': change?.written ?? null }
  const step = started({ name, written: now }, claim, String(worker), at as Date)
  const lock = { lockedAt: now, lastRunAt: at, lastModifiedBy: worker, progress: null }
  // For whoever takes over a job that repeats, should this process die.
  const next = following ? { 'run.following': following } : {}
  const update = { ...step, $set: { ...step.$set, ...lock, ...next } }
  return { updateOne: { filter: { _id, ...unchanged } as Document, update, hint: '_id_' } }
}

/** Those of these claims that are the latest on their job. */
async function ofLatest(
  jobs: Collection<JobDocument>,
  due: readonly JobDocument[],
  claims: readonly ClaimedJob[],
): Promise<ClaimedJob[]> {
  const _id = { $in: due.map((document) => document._id) }
  const found = await jobs.find({ _id }, { projection: { 'run.claim': 1 } }).toArray()
  const latest = new Set(found.map(({ run }) => run?.claim))
  return claims.filter(({ claim }) => latest.has(claim))
}
