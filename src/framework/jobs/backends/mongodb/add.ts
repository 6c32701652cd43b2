import { type Document, ObjectId } from 'mongodb'
import type { NewJob } from '../contract'
import type { MongoBatch } from './batch'
import type { MongoConnection } from './connection'
import type { JobDocument } from './documents'
import { duplicate } from './indexes'
import { changeOf } from './steps'

/**
 * Stores a job. Of jobs with one unique key only one has it, by a unique index: whoever comes second
 * is told so by the server, and frees the key if the job that has it does not need it any more.
 *
 * @returns the id of the job, or of the one that was there already
 */
export async function addJob(
  connection: MongoConnection,
  batch: MongoBatch,
  job: NewJob,
): Promise<string> {
  for (;;) {
    try {
      await batch.insert(documentOf(job, connection.now()))
      return job.id
    } catch (error) {
      if (!job.unique || (error as { code?: number }).code !== duplicate) throw error
    }
    const holder = await holderOf(connection, job.unique.key)
    if (holder) return holder
  }
}

/** The job that holds this key: one that has not ended, or whose time is not over. */
async function holderOf(connection: MongoConnection, key: string): Promise<string | undefined> {
  const { jobs } = connection
  const now = connection.now()
  const needed = [
    { 'once.until': { $gt: now } },
    { lockedAt: { $ne: null } },
    { nextRunAt: { $ne: null }, disabled: { $ne: true } },
  ] as Document[]
  const holder = await jobs.findOne({ 'once.key': key, $or: needed }, { projection: { _id: 1 } })
  if (holder) return holder._id.toHexString()
  await jobs.updateOne({ 'once.key': key, $nor: needed }, { $unset: { once: 1 } })
  return undefined
}

/** A new document, with every field that Agenda's own backend has in one. */
function documentOf({ id, name, data, nextRunAt, priority, unique }: NewJob, now: Date): Document {
  const once = unique && { key: unique.key, until: unique.until }
  const change = changeOf('sent', { name, written: now })
  const document = { _id: new ObjectId(id), name, type: 'normal', priority, nextRunAt, data }
  return { ...document, lockedAt: null, disabled: null, once, change } satisfies Partial<
    Record<keyof JobDocument, unknown>
  >
}
