import type { Outcome, Results, Step, WorkerRecord } from '../../results'
import { SqliteFile } from './connection'
import { CommitWatcher } from './watcher'

interface ResultRow {
  readonly state: Outcome['state']
  readonly attempts: number
  readonly worker: string | null
  readonly started_at: number | null
  readonly finished_at: number | null
  readonly result: string | null
  readonly error: string | null
}

/** Results in a SQLite file, beside the jobs or apart from them. */
export class SqliteResults implements Results {
  readonly #file: SqliteFile
  readonly #watcher: CommitWatcher

  constructor(file: SqliteFile, watcher: CommitWatcher) {
    this.#file = file
    this.#watcher = watcher
  }

  async open(): Promise<void> {
    void this.#file.db
  }

  async close(): Promise<void> {
    this.#watcher.close()
    this.#file.close()
  }

  async find(id: string): Promise<Outcome | undefined> {
    const row = this.#file.prepare('select * from results where id = ?').get(id)
    return row === undefined ? undefined : toOutcome(row as ResultRow)
  }

  async apply(id: string, step: Step): Promise<boolean> {
    return this.write(id, step)
  }

  /** What `apply` does, at once, so that it can be part of a transaction. */
  write(id: string, step: Step): boolean {
    return this.#changed(this.#file.prepare(stepSql[step.kind]).run(parameters(id, step)).changes)
  }

  async revoke(id: string, repeats: boolean): Promise<boolean> {
    return this.writeRevocation(id, repeats)
  }

  /** What `revoke` does, at once, so that it can be part of a transaction. */
  writeRevocation(id: string, repeats: boolean): boolean {
    const from = repeats ? `state <> 'STARTED'` : `state in ('PENDING', 'REVOKED')`
    const sql = `insert into results (id, state) values (?, 'REVOKED')
      on conflict (id) do update set state = 'REVOKED' where ${from}`
    return this.#changed(this.#file.prepare(sql).run(id).changes)
  }

  async renew(id: string): Promise<boolean> {
    const sql = `update results set state = 'PENDING' where id = ? and state = 'REVOKED'`
    return this.#changed(this.#file.prepare(sql).run(id).changes)
  }

  watch(_id: string, listener: () => void): () => void {
    return this.#watcher.watch(listener)
  }

  async announce(worker: WorkerRecord): Promise<void> {
    const { id, host, pid, startedAt, seenAt } = worker
    const sql = `insert into workers (id, host, pid, started_at, seen_at) values (?, ?, ?, ?, ?)
      on conflict (id) do update set seen_at = excluded.seen_at`
    this.#file.prepare(sql).run(id, host, pid, startedAt.getTime(), seenAt.getTime())
  }

  async retire(workerId: string): Promise<void> {
    this.#file.prepare('delete from workers where id = ?').run(workerId)
  }

  async workers(): Promise<WorkerRecord[]> {
    const rows = this.#file.prepare('select * from workers order by started_at').all()
    return (rows as Record<'id' | 'host' | 'pid' | 'started_at' | 'seen_at', never>[]).map(
      (row) => ({
        id: row.id,
        host: row.host,
        pid: row.pid,
        startedAt: new Date(row.started_at),
        seenAt: new Date(row.seen_at),
      }),
    )
  }

  failure(error: unknown): unknown {
    return this.#file.failure(error)
  }

  #changed(rows: number): boolean {
    if (rows > 0) this.#watcher.committed()
    return rows > 0
  }
}

const stepSql: Record<Step['kind'], string> = {
  start: `insert into results (id, state, attempts, claim, worker, started_at)
    values (@id, 'STARTED', 1, @claim, @worker, @at)
    on conflict (id) do update set state = 'STARTED', attempts = attempts + 1, claim = @claim,
    worker = @worker, started_at = @at, finished_at = null where state <> 'REVOKED'`,
  finish: `update results set state = @state, result = @result, error = @error, finished_at = @at
    where id = @id and claim = @claim and state in ('STARTED', @state)`,
  release: `update results set state = 'PENDING', started_at = null
    where id = @id and claim = @claim and state = 'STARTED'`,
}

function parameters(id: string, step: Step): Record<string, string | number | null> {
  if (step.kind === 'release') return { id, claim: step.claim }
  const common = { id, claim: step.claim, at: step.at.getTime() }
  if (step.kind === 'start') return { ...common, worker: step.worker }
  const { ending } = step
  const result =
    ending.state === 'SUCCESS' && ending.result !== undefined ? JSON.stringify(ending.result) : null
  const error = ending.state === 'FAILURE' ? JSON.stringify(ending.error) : null
  return { ...common, state: ending.state, result, error }
}

function toOutcome(row: ResultRow): Outcome {
  const date = (time: number | null) => (time === null ? undefined : new Date(time))
  return {
    state: row.state,
    attempts: row.attempts,
    worker: row.worker ?? undefined,
    startedAt: date(row.started_at),
    finishedAt: date(row.finished_at),
    result: row.result === null ? undefined : JSON.parse(row.result),
    error: row.error === null ? undefined : JSON.parse(row.error),
  }
}

/** Results in a SQLite file of their own. */
export function openSqliteResults(path: string): Results {
  const file = new SqliteFile(path, 'result store')
  return new SqliteResults(file, new CommitWatcher(file))
}
