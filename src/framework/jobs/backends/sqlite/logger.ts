import type { JobLogEntry, JobLogger, JobLogQuery, JobLogQueryResult } from 'agenda'
import type { SqliteFile } from './connection'

interface LogRow {
  readonly seq: number
  readonly entry: string
  readonly timestamp: number
}

const usualLimit = 50

/** What Agenda's own processor takes down of its jobs, where a definition asks for `logging`. */
export class SqliteLogger implements JobLogger {
  readonly #file: SqliteFile

  constructor(file: SqliteFile) {
    this.#file = file
  }

  async log({ timestamp, ...entry }: Omit<JobLogEntry, '_id'>): Promise<void> {
    const { level, event, jobId = null, jobName } = entry
    const values = [timestamp.getTime(), level, event, jobId, jobName, JSON.stringify(entry)]
    await this.#file.write(() => this.#file.prepare(logSql).run(...values))
  }

  /** @returns the entries that a query means, the latest first, and how many there are in all */
  getLogs(query: JobLogQuery = {}): Promise<JobLogQueryResult> {
    const { sql, values } = meant(query)
    const { sort = 'desc', limit = usualLimit, offset = 0 } = query
    const order = sort === 'asc' ? 'asc' : 'desc'
    const pageSql = `select * from logs where ${sql} order by timestamp ${order}, seq ${order}
      limit ? offset ?`
    return this.#file.read(() => {
      const rows = this.#file.prepare(pageSql).all(...values, limit, offset) as LogRow[]
      const count = this.#file.prepare(`select count(*) from logs where ${sql}`).pluck()
      return { entries: rows.map(toEntry), total: count.get(...values) as number }
    })
  }

  /** @returns how many entries are gone */
  clearLogs(query: JobLogQuery = {}): Promise<number> {
    const { sql, values } = meant(query)
    return this.#file.write(
      () => this.#file.prepare(`delete from logs where ${sql}`).run(...values).changes,
    )
  }
}

const logSql = `insert into logs (timestamp, level, event, job_id, job_name, entry)
  values (?, ?, ?, ?, ?, ?)`

function toEntry({ seq, timestamp, entry }: LogRow): JobLogEntry {
  return { _id: String(seq), timestamp: new Date(timestamp), ...JSON.parse(entry) }
}

function meant(query: JobLogQuery): { sql: string; values: (string | number)[] } {
  const { jobId, jobName, level, event, from, to } = query
  const parts: [sql: string, ...values: (string | number)[]][] = []
  if (jobId) parts.push(['job_id = ?', jobId])
  if (jobName) parts.push(['job_name = ?', jobName])
  if (level) parts.push(oneOf('level', [level].flat()))
  if (event) parts.push(oneOf('event', [event].flat()))
  if (from) parts.push(['timestamp >= ?', from.getTime()])
  if (to) parts.push(['timestamp <= ?', to.getTime()])
  return {
    sql: parts.map(([sql]) => sql).join(' and ') || '1',
    values: parts.flatMap(([, ...values]) => values),
  }
}

function oneOf(column: string, list: readonly string[]): [sql: string, ...values: string[]] {
  return [`${column} in (${list.map(() => '?').join(', ')})`, ...list]
}
