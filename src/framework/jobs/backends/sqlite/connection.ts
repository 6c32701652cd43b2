import Database from 'better-sqlite3'
import { prepareSqlite, sqliteProblem } from '../../../config'
import { ApplicationClosedError, StoreUnavailableError } from '../../../errors'
import { type StoreRole, settingOf } from '../role'
import { createTables } from './schema'

/** One SQLite file of jobs or results: opened by the first use, by one connection. */
export class SqliteFile {
  readonly #path: string
  readonly #role: StoreRole
  #db: Database.Database | undefined
  #closed = false
  #statements = new Map<string, Database.Statement>()

  /**
   * @param path absolute, or `:memory:`
   * @param role for errors
   */
  constructor(path: string, role: StoreRole) {
    this.#path = path
    this.#role = role
  }

  /** @throws StoreUnavailableError when the file cannot be opened for writing */
  get db(): Database.Database {
    if (this.#closed) throw new ApplicationClosedError()
    this.#db ??= this.#connect()
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

  /** Runs `work` in one transaction that may write; nested calls join the outer one. */
  transaction<T>(work: () => T): T {
    return this.db.inTransaction ? work() : this.db.transaction(work).immediate()
  }

  /** What SQLite threw, in our words; an error of ours stays as it is. */
  failure(error: unknown): unknown {
    const { code, message } = error as { code?: unknown; message?: string }
    const ofSqlite = typeof code === 'string' && code.startsWith('SQLITE_')
    return ofSqlite ? this.#unavailable(message ?? code, 'Try again in a moment.', error) : error
  }

  /** Closes the file for good. */
  close(): void {
    this.#closed = true
    this.#statements.clear()
    this.#db?.close()
    this.#db = undefined
  }

  #connect(): Database.Database {
    const problem = sqliteProblem(this.#path)
    if (problem) throw this.#unavailable(problem.why, problem.hint)
    let db: Database.Database | undefined
    try {
      db = new Database(this.#path)
      prepareSqlite(db)
      createTables(db)
      return db
    } catch (error) {
      db?.close()
      const why = error instanceof Error ? error.message : String(error)
      throw this.#unavailable(why, `Check ${settingOf(this.#role)}.`, error)
    }
  }

  #unavailable(why: string, hint: string, cause?: unknown): StoreUnavailableError {
    return new StoreUnavailableError(this.#role, `sqlite:${this.#path}`, why, hint, cause)
  }
}
