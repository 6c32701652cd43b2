import type { Document, ObjectId } from 'mongodb'
import type { MongoConnection } from './connection'
import { earliest } from './indexes'

const atOnce = 500

/**
 * Removes jobs that ended more than `expires` ms ago, a few at a time. Of one that repeats or waits
 * only the result goes; one whose unique key is still reserved stays.
 */
export async function pruneJobs(connection: MongoConnection, expires: number): Promise<void> {
  const { jobs } = connection
  const now = connection.now()
  const before = new Date(now.getTime() - expires)
  const expired: Document = {
    'run.finishedAt': { $gt: earliest, $lt: before },
    lockedAt: null,
    'once.until': { $not: { $gt: now } },
  }
  const gone = { repeatInterval: null, $or: [{ nextRunAt: null }, { disabled: true }] }
  for (;;) {
    const options = { projection: { _id: 1 }, limit: atOnce } as const
    const found = await jobs.find<{ _id: ObjectId }>(expired, options).toArray()
    const meant = { _id: { $in: found.map(({ _id }) => _id) }, ...expired }
    await jobs.deleteMany({ ...meant, ...gone } as Document)
    await jobs.updateMany(meant, { $unset: { run: 1 } })
    if (found.length < atOnce) return
  }
}
