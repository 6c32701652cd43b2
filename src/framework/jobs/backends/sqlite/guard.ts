import { rmSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type DatabaseClass from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import { hasEnded, lockPath, sweep, take } from './lock-file'

/** What a guard is told. */
export interface GuardOrders {
  readonly path: string
  readonly worker: { id: string; host: string; pid: number; concurrency: number; startedAt: number }
  readonly lockLifetime: number
  readonly maxCrashes: number
  readonly resultExpires: number
  /** The stored error of a job that is given up, as JSON. */
  readonly lost: string
}

/** What a guard says: what it took from workers that are gone, or what went wrong. */
export type GuardNews =
  | { readonly kind: 'ready' | 'ended' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'rescued'; readonly jobs: readonly RescuedRow[] }

/** A job that was taken from a worker that is gone. */
export interface RescuedRow {
  readonly id: string
  readonly name: string
  readonly claim: string
  readonly state: 'PENDING' | 'FAILURE' | 'REVOKED'
}

interface HeldRow {
  readonly id: string
  readonly name: string
  readonly claim: string
  readonly crashes: number
  readonly terminating: number
}

const heartbeat = 1_000
const pruneEvery = 30_000
const pruneAtOnce = 500
// The rest comes with the next look, so that the heartbeat is not late.
const pruneRounds = 20
// Pages of 4 KB.
const longLog = 4_000

/** Keeps what one worker holds, and takes over what others have left behind. */
export class Guard {
  readonly #db: Database
  readonly #orders: GuardOrders
  readonly #isDead: (worker: string) => boolean
  #beatAt = 0
  #prunedAt = Date.now()

  /** @param isDead whether another worker has provably ended */
  constructor(db: Database, orders: GuardOrders, isDead: (worker: string) => boolean) {
    this.#db = db
    this.#orders = orders
    this.#isDead = isDead
  }

  /** Does what is due. @returns the jobs that were taken over */
  look(now = Date.now()): RescuedRow[] {
    const { lockLifetime, worker } = this.#orders
    if (now - this.#beatAt >= Math.min(heartbeat, lockLifetime / 4)) this.#beat(now)
    const others = this.#all<string>('select id from workers where id <> ?', worker.id)
    const rescued = others.filter(this.#isDead).flatMap((dead) => this.#bury(dead, now))
    const late = now - lockLifetime
    if (this.#all<HeldRow>(expiredSql, late).length > 0)
      // Asked again where nobody can end a job in between.
      rescued.push(...this.#transaction(() => this.#rescue(this.#all(expiredSql, late), now)))
    if (now - this.#prunedAt >= pruneEvery) this.prune(now)
    return rescued
  }

  /** Forgets what has expired, a little at a time, so that nobody waits long for the file. */
  prune(now = Date.now()): void {
    const before = now - this.#orders.resultExpires
    for (let round = 0; round < pruneRounds; round++) {
      if (this.#transaction(() => this.#pruneSome(before)) > 0) continue
      this.#prunedAt = now
      return
    }
  }

  /**
   * Moves what was committed from the log into the file, which waits for the disk; the worker's own
   * thread shall not. A log that writers keep too busy to begin anew is begun anew.
   */
  checkpoint(): void {
    const [{ log }] = this.#db.pragma('wal_checkpoint(PASSIVE)') as [{ log: number }]
    if (log > longLog) this.#db.pragma('wal_checkpoint(RESTART)')
  }

  /** Takes the worker off the list. */
  retire(): void {
    this.#run('delete from workers where id = ?', this.#orders.worker.id)
  }

  #beat(now: number): void {
    this.#beatAt = now
    const { id, host, pid, concurrency, startedAt } = this.#orders.worker
    this.#transaction(() => {
      this.#run(announceSql, id, host, pid, concurrency, startedAt, now)
      this.#run(`update jobs set locked_at = ? where status = 'running' and worker = ?`, now, id)
    })
  }

  #bury(dead: string, now: number): RescuedRow[] {
    return this.#transaction(() => {
      const held = this.#all<HeldRow>(`${heldSql} and worker = ?`, dead)
      this.#run('delete from workers where id = ?', dead)
      return this.#rescue(held, now)
    })
  }

  #rescue(held: readonly HeldRow[], now: number): RescuedRow[] {
    return held.map(({ id, name, claim, crashes, terminating }) => {
      if (terminating) return this.#end({ id, name, claim, state: 'REVOKED' }, null, now)
      if (crashes + 1 >= this.#orders.maxCrashes)
        return this.#end({ id, name, claim, state: 'FAILURE' }, this.#orders.lost, now)
      this.#run(freeSql, id)
      this.#run(`update results set state = 'PENDING', started_at = null where id = ?`, id)
      this.#run(changeSql, 'rescued', id, name, now)
      return { id, name, claim, state: 'PENDING' }
    })
  }

  #end(job: RescuedRow, error: string | null, now: number): RescuedRow {
    this.#run(endSql, { id: job.id, now, failure: error, revoked: error === null ? 1 : 0 })
    this.#run(
      `update results set state = ?, error = ?, finished_at = ? where id = ?`,
      job.state,
      error,
      now,
      job.id,
    )
    this.#run(changeSql, error === null ? 'revoked' : 'failed', job.id, job.name, now)
    return job
  }

  /** @returns how many rows were deleted */
  #pruneSome(before: number): number {
    const ids = this.#all<string>(
      `select id from results where finished_at < ? limit ${pruneAtOnce}`,
      before,
    )
    for (const id of ids) {
      if (this.#run(pruneJobSql, id, Date.now()) === 0) this.#run(forgetSql, id)
      this.#run('delete from results where id = ?', id)
    }
    const changes = this.#run(pruneChangesSql, before)
    const logs = this.#run(pruneLogsSql, before)
    const uniques = this.#run(pruneUniquesSql, Date.now())
    const more = [changes, logs, uniques].filter((count) => count === pruneAtOnce)
    return ids.length + more.length
  }

  #all<T>(sql: string, ...values: unknown[]): T[] {
    const statement = this.#db.prepare(sql)
    if (statement.columns().length === 1) statement.pluck()
    return statement.all(...values) as T[]
  }

  #run(sql: string, ...values: unknown[]): number {
    return this.#db.prepare(sql).run(...values).changes
  }

  #transaction<T>(work: () => T): T {
    return this.#db.transaction(work).immediate()
  }
}

const announceSql = `insert into workers (id, host, pid, concurrency, started_at, seen_at)
  values (?, ?, ?, ?, ?, ?) on conflict (id) do update set seen_at = excluded.seen_at`
const heldSql = `select id, name, claim, crashes, terminating from jobs where status = 'running'`
// What Agenda itself runs has no worker of ours, and a lifetime of its own.
const expiredSql = `${heldSql} and locked_at <= ? and worker is not null`
// When it is due has stayed in the row, so it is due at once; earlier versions had emptied that.
const freeSql = `update jobs set state = 'PENDING', next_run_at = coalesce(next_run_at, locked_at), locked_at = null, claim = null, worker = null,
  following_at = null, crashes = crashes + 1 where id = ?`
const endSql = `update jobs set state = iif(@revoked, 'REVOKED', 'FAILURE'), locked_at = null, claim = null, worker = null, terminating = 0,
  next_run_at = iif(@revoked, null, following_at), following_at = null, crashes = 0,
  disabled = max(disabled, @revoked), last_finished_at = @now, failed_at = @now,
  fail_reason = @failure, fail_count = coalesce(fail_count, 0) + 1 where id = @id`
const changeSql = 'insert into changes (kind, id, name, at) values (?, ?, ?, ?)'
const pruneJobSql = `delete from jobs
  where id = ? and locked_at is null and repeat_interval is null
  and (next_run_at is null or disabled = 1)
  and not exists (select 1 from uniques where uniques.id = jobs.id and until > ?)`
// A job that repeats, or runs again already, outlives the result of a run.
const forgetSql = `update jobs set state = 'PENDING' where id = ?`
const pruneChangesSql = `delete from changes where at < ? and seq in (
  select seq from changes where seq < (select max(seq) from changes)
  order by seq limit ${pruneAtOnce})`
const pruneLogsSql = `delete from logs where seq in (
  select seq from logs where timestamp < ? limit ${pruneAtOnce})`
const pruneUniquesSql = `delete from uniques where key in (select key from uniques
  where coalesce(until, 0) < ? and not exists (select 1 from jobs where jobs.id = uniques.id)
  limit ${pruneAtOnce})`

const lookEvery = 250

/** The thread: one connection for the jobs, one that holds the lock. */
function guardFrom(port: NonNullable<typeof parentPort>, orders: GuardOrders): void {
  const Sqlite: typeof DatabaseClass = require('better-sqlite3')
  const say = (news: GuardNews) => port.postMessage(news)
  const own = lockPath(orders.path, orders.worker.id)
  const lock = take(own)
  sweep(orders.path, own)
  const db = new Sqlite(orders.path, { timeout: 5_000 })
  const guard = new Guard(db, orders, (id) => hasEnded(lockPath(orders.path, id)))
  const look = () => {
    try {
      const jobs = guard.look()
      guard.checkpoint()
      if (jobs.length > 0) say({ kind: 'rescued', jobs })
    } catch (error) {
      say({ kind: 'failed', message: (error as Error).message })
    }
  }
  look()
  const timer = setInterval(look, Math.min(lookEvery, orders.lockLifetime / 4))
  port.on('message', () => {
    clearInterval(timer)
    try {
      guard.retire()
    } catch (error) {
      say({ kind: 'failed', message: (error as Error).message })
    }
    db.close()
    lock.close()
    rmSync(own, { force: true })
    say({ kind: 'ended' })
    port.close()
  })
  say({ kind: 'ready' })
}

if (parentPort && workerData?.path) guardFrom(parentPort, workerData as GuardOrders)
