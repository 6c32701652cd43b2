import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { isSqliteBusy, prepareSqlite, type Synchronous, sqliteProblem } from '../../../config'
import { ApplicationClosedError, StoreUnavailableError } from '../../../errors'
import { type StoreRole, settingOf } from '../role'
import { type CommitFollower, GroupCommit } from './group-commit'
import { createTables } from './schema'

// SQLite's own wait blocks the event loop, so it is short, and what is busy is tried again.
const patience = 5
const givesUpAfter = 5_000

/** One SQLite file of jobs or results, by one connection. */
export class SqliteFile {
  /** Absolute, or `:memory:`. */
  readonly path: string
  readonly synchronous: Synchronous
  readonly #role: StoreRole
  readonly #commits: GroupCommit
  #db: Database.Database | undefined
  #opening: Promise<void> | undefined
  #closed = false
  #statements = new Map<string, Database.Statement>()

  /** @param role for errors */
  constructor(path: string, role: StoreRole, synchronous: Synchronous = 'NORMAL') {
    this.path = path
    this.synchronous = synchronous
    this.#role = role
    this.#commits = new GroupCommit(() => this.db, retried)
  }

  /** @throws StoreUnavailableError within 5 s when the file cannot be opened for writing */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  /** The connection, once the file is open. */
  get db(): Database.Database {
    if (this.#closed || !this.#db) throw new ApplicationClosedError()
    return this.#db
  }

  /** A prepared statement, kept for the next time. */
  prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** Runs `work`, which only reads. */
  async read<T>(work: () => T): Promise<T> {
    await this.open()
    return retried(work)
  }

  /**
   * Runs `work` in the next transaction, together with what else is to be written then.
   *
   * @param work may run more than once, so it changes nothing but the file
   */
  write<T>(work: () => T): Promise<T> {
    return this.#db ? this.#commits.add(work) : this.open().then(() => this.#commits.add(work))
  }

  /** Calls `follower` when a transaction of ours begins, and after each commit. */
  follow(follower: CommitFollower): void {
    this.#commits.follower = follower
  }

  /** Leaves it to another thread to move the log into the file, until the returned function is called. */
  leaveCheckpoints(): () => void {
    this.db.pragma('wal_autocheckpoint = 0')
    return () => this.db.pragma('wal_autocheckpoint = 1000')
  }

  /** What SQLite threw, in our words; an error of ours stays as it is. */
  failure(error: unknown): unknown {
    const { code, message } = error as { code?: unknown; message?: string }
    const ofSqlite = typeof code === 'string' && code.startsWith('SQLITE_')
    return ofSqlite ? this.#unavailable(message ?? code, 'Try again in a moment.', error) : error
  }

  /** Closes the file for good, when what is to be written is written. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => {})
    await this.#commits.settled()
    this.#closed = true
    this.#statements.clear()
    this.#db?.close()
    this.#db = undefined
  }

  async #open(): Promise<void> {
    if (this.#closed) throw new ApplicationClosedError()
    const problem = sqliteProblem(this.path)
    if (problem) throw this.#unavailable(problem.why, problem.hint)
    try {
      this.#db = await retried(() => this.#connect())
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw this.#unavailable(why, `Check ${settingOf(this.#role)}.`, error)
    }
  }

  #connect(): Database.Database {
    const db = new Database(this.path)
    try {
      prepareSqlite(db, patience, this.synchronous)
      createTables(db)
      return db
    } catch (error) {
      db.close()
      throw error
    }
  }

  #unavailable(why: string, hint: string, cause?: unknown): StoreUnavailableError {
    return new StoreUnavailableError(this.#role, `sqlite:${this.path}`, why, hint, cause)
  }
}

/** Runs `work` until no other process is in its way, and lets the event loop go on meanwhile. */
async function retried<T>(work: () => T): Promise<T> {
  const deadline = Date.now() + givesUpAfter
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isSqliteBusy(error) || Date.now() > deadline) throw error
    }
    await sleep(1 + Math.random() * patience)
  }
}
