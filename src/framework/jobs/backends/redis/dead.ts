import type { Guarding } from '../contract'
import type { RedisBatch } from './batch'
import type { Identity, RedisConnection } from './connection'

// A worker whose connection broke has this long to come back with another one.
const silentAfter = 1_500

type Silent = [worker: string, since: number, record: string | null]

/**
 * The workers that have ended: they are silent for as long as a lock lives, or they are silent and
 * the server, which was not restarted since, has closed their connection.
 */
export async function findDead(
  connection: RedisConnection,
  batch: RedisBatch,
  { worker, lockLifetime }: Guarding,
): Promise<string[]> {
  const since = Math.min(silentAfter, lockLifetime)
  const silent = await batch.run<Silent[]>({ do: 'silent', worker: worker.id, since })
  if (silent.length === 0) return []
  const closed = await closedConnections(connection)
  return silent
    .filter(([, time, record]) => time >= lockLifetime || closed(record))
    .map(([id]) => id)
}

/** Whether the connection that a worker announced is closed, as far as that can be said. */
async function closedConnections(
  connection: RedisConnection,
): Promise<(record: string | null) => boolean> {
  const { run } = await connection.identity()
  // Not every user of a server may ask for this; then only time tells.
  const list = await connection.client.client('LIST').catch(() => undefined)
  if (typeof list !== 'string') return () => false
  const open = new Set([...list.matchAll(/^id=(\d+)/gm)].map(([, id]) => Number(id)))
  return (record) => {
    const known = JSON.parse(record ?? '{}') as Partial<Identity>
    return known.run === run && known.client !== undefined && !open.has(known.client)
  }
}
