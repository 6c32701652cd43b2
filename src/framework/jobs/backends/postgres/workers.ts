import type { WorkerRecord } from '../../results'
import type { PostgresDatabase } from './connection'
import { statement } from './statement'

const workersSql = statement(`select id, host, pid, concurrency, started_at as "startedAt",
  seen_at as "seenAt" from agenda_workers order by started_at`)

/** The workers that announced themselves and have not ended, the oldest first. */
export function listWorkers(database: PostgresDatabase): Promise<WorkerRecord[]> {
  return database.query<WorkerRecord>(workersSql)
}
