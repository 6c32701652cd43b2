import type { Synchronous } from '../../../config'
import type { Change, ChangeKind } from '../../changes'
import {
  type Ending,
  type JobName,
  type JobState,
  kindOf,
  type Outcome,
  type Results,
  type Runs,
  type Step,
} from '../../results'
import { SqliteChanges } from './changes'
import { SqliteFile } from './connection'

/** A row of `results` as SQLite gives it. */
export interface ResultRow {
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
  readonly #changes: SqliteChanges

  constructor(file: SqliteFile, changes: SqliteChanges) {
    this.#file = file
    this.#changes = changes
  }

  open(): Promise<void> {
    return this.#file.open()
  }

  async close(): Promise<void> {
    this.#changes.close()
    await this.#file.close()
  }

  async find(id: string): Promise<Outcome | undefined> {
    const row = await this.#file.read(() =>
      this.#file.prepare('select * from results where id = ?').get(id),
    )
    return row === undefined ? undefined : toOutcome(row as ResultRow)
  }

  apply(job: JobName, step: Step): Promise<boolean> {
    return this.#file.write(() => this.write(job, step))
  }

  /** What `apply` does, as part of a transaction. */
  write(job: JobName, step: Step): boolean {
    if (step.kind === 'start') return this.writeStart(job, step) !== undefined
    const sql = step.kind === 'finish' ? finishSql[step.ending.state] : releaseSql
    const values = step.kind === 'finish' ? valuesOf(step.ending, step.at) : []
    const { changes } = this.#file.prepare(sql).run(...values, job.id, step.claim)
    if (changes > 0) this.#record(job, kindOf(step), step)
    return changes > 0
  }

  /** Begins a run, as part of a transaction: the runs so far, or undefined for a revoked job. */
  writeStart(job: JobName, step: Extract<Step, { kind: 'start' }>): Runs | undefined {
    const { claim, worker, at } = step
    const begun = this.#file.prepare(startSql).get(job.id, claim, worker, at.getTime())
    const runs = begun as Runs | undefined
    if (runs) this.#record(job, 'started', step)
    return runs
  }

  revoke(job: JobName, repeats: boolean): Promise<boolean> {
    return this.#file.write(() => this.writeRevocation(job, repeats))
  }

  /** What `revoke` does, as part of a transaction. */
  writeRevocation(job: JobName, repeats: boolean): boolean {
    const from = repeats ? `state <> 'STARTED'` : `state in ('PENDING', 'RETRY', 'REVOKED')`
    const sql = `insert into results (id, state, finished_at) values (@id, 'REVOKED', @now)
      on conflict (id) do update set state = 'REVOKED', finished_at = @now where ${from}`
    const { changes } = this.#file.prepare(sql).run({ id: job.id, now: Date.now() })
    if (changes === 0) return false
    this.#copy(job.id, 'REVOKED')
    this.#record(job, 'revoked')
    return true
  }

  renew({ id }: JobName, from: readonly JobState[]): Promise<boolean> {
    return this.#file.write(() => this.writeRenewal(id, from))
  }

  /** What `renew` does, as part of a transaction. */
  writeRenewal(id: string, from: readonly JobState[]): boolean {
    const sql = `update results set state = 'PENDING', finished_at = null, result = null, error = null
      where id = ? and state in (${from.map(() => '?').join(', ')})`
    const { changes } = this.#file.prepare(sql).run(id, ...from)
    if (changes > 0) this.#copy(id, 'PENDING')
    return changes > 0
  }

  follow(listener: (changes: readonly Change[]) => void): () => void {
    return this.#changes.follow(listener)
  }

  async prune(before: Date): Promise<string[]> {
    const pruned: string[] = []
    for (let more = true; more; ) {
      const ids = await this.#file.write(() => this.#pruneSome(before.getTime()))
      pruned.push(...ids)
      more = ids.length > 0
    }
    return pruned
  }

  failure(error: unknown): unknown {
    return this.#file.failure(error)
  }

  #pruneSome(before: number): string[] {
    this.#file.prepare(pruneChangesSql).run(before)
    return this.#file.prepare(pruneSql).pluck().all(before) as string[]
  }

  /** Where the job lives as well, it knows its state. */
  #copy(id: string, state: JobState): void {
    this.#file.prepare('update jobs set state = ? where id = ?').run(state, id)
  }

  #record({ id, name }: JobName, kind: ChangeKind, step?: Step): void {
    const at = step && 'at' in step ? step.at : new Date()
    const worker = step?.kind === 'start' ? step.worker : undefined
    this.#changes.record({ kind, id, name, at, worker })
  }
}

const startSql = `insert into results (id, state, attempts, claim, worker, started_at)
  values (?, 'STARTED', 1, ?, ?, ?)
  on conflict (id) do update set state = 'STARTED', attempts = attempts + 1, claim = excluded.claim,
  worker = excluded.worker, started_at = excluded.started_at, finished_at = null
  where state <> 'REVOKED' returning attempts, retries`

const finishSql: Readonly<Record<Ending['state'], string>> = {
  SUCCESS: endSql('SUCCESS'),
  FAILURE: endSql('FAILURE'),
  // Written again when its answer got lost, a retry is still one.
  RETRY: endSql('RETRY', `retries + (state <> 'RETRY')`),
  REVOKED: endSql('REVOKED'),
}

function endSql(state: Ending['state'], retries = '0'): string {
  return `update results set state = '${state}', result = ?, error = ?, finished_at = ?,
    retries = ${retries} where id = ? and claim = ? and state in ('STARTED', '${state}')`
}

const pruneSql = `delete from results where id in (
  select id from results where finished_at < ? limit 500) returning id`
// The last change stays, so that no number is given twice.
const pruneChangesSql = `delete from changes where at < ? and seq in (
  select seq from changes where seq < (select max(seq) from changes) order by seq limit 2000)`

const releaseSql = `update results set state = 'PENDING', started_at = null
  where id = ? and claim = ? and state = 'STARTED'`

/** Result, error, and the time of the end: a job that is to be retried has not ended. */
function valuesOf(ending: Ending, at: Date): (string | number | null)[] {
  const result = 'result' in ending && ending.result !== undefined ? ending.result : undefined
  return [
    result === undefined ? null : JSON.stringify(result),
    'error' in ending ? JSON.stringify(ending.error) : null,
    ending.state === 'RETRY' ? null : at.getTime(),
  ]
}

/** The outcome that a row says. */
export function toOutcome(row: ResultRow): Outcome {
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
export function openSqliteResults(path: string, synchronous: Synchronous): Results {
  const file = new SqliteFile(path, 'result store', synchronous)
  return new SqliteResults(file, new SqliteChanges(file))
}
