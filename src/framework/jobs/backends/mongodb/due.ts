import type { Collection, Document } from 'mongodb'
import { suspectAfter, type Wish } from '../contract'
import type { JobDocument } from './documents'
import { earliest } from './indexes'

/** What waits, paused and revoked jobs left out: in the words that the indexes need. */
export const waiting = {
  lockedAt: null,
  disabled: { $in: [null, false] },
  nextRunAt: { $gt: earliest },
  'run.state': { $ne: 'REVOKED' },
}

// So many names, each with its kinds of `disabled`, are still looked up one by one in order.
const namesAtOnce = 30

/** Of what is suspect one at most, and none while the worker holds another such job. */
export async function findDue(
  jobs: Collection<JobDocument>,
  wish: Wish,
  now: Date,
): Promise<JobDocument[]> {
  const due = await candidates(jobs, wish, now)
  const suspect = due.find(isSuspect)
  if (!suspect) return due
  const holds = {
    'run.worker': wish.worker,
    lockedAt: { $gt: earliest },
    'run.crashes': manyCrashes,
  }
  const held = await jobs.findOne(holds as Document, { projection: { _id: 1 } })
  if (held) return candidates(jobs, wish, now, { 'run.crashes': { $not: manyCrashes } })
  return due.filter((job) => job === suspect || !isSuspect(job))
}

const manyCrashes = { $gte: suspectAfter }

function isSuspect({ run }: JobDocument): boolean {
  return (run?.crashes ?? 0) >= suspectAfter
}

/** The most urgent first, then those that are due longest; of each task as many as can begin. */
async function candidates(
  jobs: Collection<JobDocument>,
  { tasks, total }: Wish,
  now: Date,
  also: Document = {},
): Promise<JobDocument[]> {
  const [first, ...others] = [...tasks].map(([name, slots]) =>
    dueOf({ name, ...also }, Math.min(slots, total), now),
  )
  if (!first) return []
  const unions = others.map((pipeline) => ({
    $unionWith: { coll: jobs.collectionName, pipeline },
  }))
  const order = [{ $sort: { priority: -1, nextRunAt: 1 } }, { $limit: total }]
  return jobs.aggregate<JobDocument>([...first, ...unions, ...order]).toArray()
}

function dueOf(filter: Document, limit: number, now: Date): Document[] {
  return [
    { $match: { ...filter, ...waiting, nextRunAt: { $gt: earliest, $lte: now } } },
    { $sort: { priority: -1, nextRunAt: 1 } },
    { $limit: limit },
    { $unset: ['run.result', 'run.error'] },
  ]
}

/** When the next job of these tasks that waits is due. */
export async function nextDue(
  jobs: Collection<JobDocument>,
  names: readonly string[],
): Promise<Date | undefined> {
  const asked: Promise<JobDocument | null>[] = []
  for (let from = 0; from < names.length; from += namesAtOnce) {
    const filter = { name: { $in: names.slice(from, from + namesAtOnce) }, ...waiting } as Document
    const options = { sort: { nextRunAt: 1 }, projection: { nextRunAt: 1 } } as const
    asked.push(jobs.findOne(filter, options))
  }
  const times = (await Promise.all(asked)).flatMap((job) => job?.nextRunAt?.getTime() ?? [])
  return times.length > 0 ? new Date(Math.min(...times)) : undefined
}
