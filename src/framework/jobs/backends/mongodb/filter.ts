import type { JobsQueryOptions, JobsSort, RemoveJobsOptions } from 'agenda'
import type { Document } from 'mongodb'
import { toObjectId } from './documents'

const orNull = (field: string) => ({ $ifNull: [field, null] })

/** Agenda's computed state of a job, as the server can compute it. */
export function stateOf(now: Date): Document {
  const [locked, failed, next] = ['$lockedAt', '$failedAt', '$nextRunAt'].map(orNull)
  const finished = { $ifNull: ['$lastFinishedAt', new Date(0)] }
  const states: [condition: Document, state: string][] = [
    [{ $ne: [locked, null] }, 'running'],
    [{ $and: [{ $ne: [failed, null] }, { $gte: [failed, finished] }] }, 'failed'],
    [{ $ne: [orNull('$repeatInterval'), null] }, 'repeating'],
    [{ $gt: [next, now] }, 'scheduled'],
    [{ $ne: [next, null] }, 'queued'],
  ]
  return states.reduceRight<Document | string>(
    (otherwise, [condition, state]) => ({ $cond: [condition, state, otherwise] }),
    'completed',
  ) as Document
}

/** The conditions of a query, or of an instruction to remove, enable or disable jobs. */
export function toFilter(options: JobsQueryOptions & RemoveJobsOptions, now: Date): Document {
  const { id, ids, name, names, notNames, search, state, data, includeDisabled } = options
  const all: Document[] = []
  if (id !== undefined) all.push({ _id: oneOf([id]) })
  if (ids?.length) all.push({ _id: oneOf(ids) })
  if (name !== undefined) all.push({ name: String(name) })
  else if (names?.length) all.push({ name: { $in: names.map(String) } })
  else if (notNames?.length) all.push({ name: { $nin: notNames.map(String) } })
  if (search) all.push({ name: { $regex: literally(search), $options: 'i' } })
  if (includeDisabled === false) all.push({ disabled: { $ne: true } })
  if (state === 'paused') all.push({ disabled: true })
  else if (state) all.push({ $expr: { $eq: [stateOf(now), state] } })
  for (const [path, value] of leaves(data)) all.push({ [path]: { $eq: value } })
  return all.length > 0 ? { $and: all } : {}
}

function oneOf(ids: readonly unknown[]): Document {
  return { $in: ids.flatMap((id) => toObjectId(String(id)) ?? []) }
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** Each leaf of a data filter, by its path. */
function leaves(data: unknown, path = 'data'): [string, unknown][] {
  if (data === undefined) return []
  if (data === null || typeof data !== 'object' || Object.getPrototypeOf(data) !== Object.prototype)
    return [[path, data]]
  return Object.entries(data).flatMap(([key, value]) => leaves(value, `${path}.${key}`))
}

/** The order of a query; the newest first where nothing is asked. */
export function toOrder(sort: JobsSort = {}): Record<string, 1 | -1> {
  const keys = Object.entries(sort).map(([key, direction]) => [key, direction === 'desc' ? -1 : 1])
  return keys.length > 0 ? Object.fromEntries(keys) : { nextRunAt: -1, lastRunAt: -1 }
}
