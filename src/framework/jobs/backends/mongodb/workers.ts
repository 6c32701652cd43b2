import type { Collection } from 'mongodb'
import type { WorkerRecord } from '../../results'
import type { MongoConnection } from './connection'

/** A worker as it announced itself; `client` is the name of its connections. */
export interface WorkerDocument extends Omit<WorkerRecord, 'id'> {
  readonly _id: string
  readonly client: string
}

// A worker whose event loop is busy has this long to say something.
const silentAfter = 1_500

export function workersOf({ db }: MongoConnection): Collection<WorkerDocument> {
  return db.collection<WorkerDocument>('agendaWorkers')
}

/** Announces a worker again, by the server's clock. */
export async function announce(
  connection: MongoConnection,
  { id, ...worker }: Omit<WorkerRecord, 'seenAt'>,
): Promise<void> {
  const update = { $set: { ...worker, client: connection.name }, $currentDate: { seenAt: true } }
  await workersOf(connection).updateOne({ _id: id }, update as object, { upsert: true })
}

/** The workers that announced themselves and have not ended, those that started first before others. */
export async function readWorkers(connection: MongoConnection): Promise<WorkerRecord[]> {
  const found = await workersOf(connection).find().sort({ startedAt: 1 }).toArray()
  return found.map(({ _id, client, ...worker }) => ({ id: _id, ...worker }))
}

/**
 * The workers that have ended: they are silent for as long as a lock lives, or they are silent and
 * the server has none of their connections any more.
 */
export async function findDead(
  connection: MongoConnection,
  lockLifetime: number,
): Promise<string[]> {
  const now = connection.now().getTime()
  const since = new Date(now - Math.min(silentAfter, lockLifetime))
  const silent = await workersOf(connection)
    .find({ seenAt: { $lt: since } })
    .toArray()
  if (silent.length === 0) return []
  const connected = await connectedClients(connection)
  const isDead = ({ client, seenAt }: WorkerDocument) =>
    now - seenAt.getTime() >= lockLifetime || (connected !== undefined && !connected.has(client))
  return silent.filter(isDead).map(({ _id }) => _id)
}

/** The clients that the server knows; undefined when it does not say, then only time tells. */
async function connectedClients(connection: MongoConnection): Promise<Set<string> | undefined> {
  const asked = { $currentOp: { allUsers: true, idleConnections: true } }
  try {
    const rows = await connection.admin
      .aggregate<{ _id: string }>([asked, { $group: { _id: '$appName' } }])
      .toArray()
    const names = new Set(rows.map(({ _id }) => _id))
    // A server that leads to others, or hides them, would not even know of this connection.
    return names.has(connection.name) ? names : undefined
  } catch {
    return undefined
  }
}
