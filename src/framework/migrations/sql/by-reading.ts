import type { Knex } from 'knex'
import { type Copy, openCopy } from './copy'
import { Effects } from './effects'
import { inlined } from './literals'
import { isRead, type Query } from './query'
import { type Database, driverOf, openRecording, type Recorder, Refusal } from './recorder'
import type { Script } from './script'

/**
 * Opens a Knex that only reads the application's database, on a server. What would change it is not
 * run, and nobody knows its answer; what is asked about tables that it would have changed is asked
 * of a copy of all tables, without rows, on which the changes are made.
 */
export async function openByReading(database: Database, script: Script): Promise<Recorder> {
  const driver = driverOf(database.db)
  const effects = await effectsOn(database.db, driver)
  const refusal = new Refusal()
  const reader = new Reader(database, effects, refusal)
  const record = (query: Query, connection: unknown) => {
    const sql = inlined(query, driver, connection)
    if (/\bpg_temp/.test(sql)) refusal.because(`a name in it is another in a copy: ${sql}`)
    script.add(sql)
    effects.note(sql)
    return query
  }
  const settings = { pool: { min: 0, afterCreate: readOnly } }
  const db = openRecording(database, settings, refusal, async (query, connection, run) => {
    const answered = isRead(query.sql, driver) && (await reader.answer(query, run))
    return answered || record(query, connection)
  })
  const close = async () => {
    await db.destroy()
    await reader.close()
  }
  return { db, refusal, close }
}

/** Whatever looks like a question and is none is refused by the server. */
function readOnly(
  connection: { query(sql: string, done: (error?: unknown) => void): void; format?: unknown },
  done: (error?: unknown) => void,
): void {
  const sql = connection.format
    ? 'set session transaction read only'
    : 'set default_transaction_read_only = on'
  connection.query(sql, done)
}

function isRefused(error: unknown): boolean {
  const { code } = error as { code?: string }
  return code === '25006' || code === 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION'
}

/** Answers questions as if what was recorded had been done. */
class Reader {
  readonly #database: Database
  readonly #effects: Effects
  readonly #refusal: Refusal
  #copy: Promise<Copy> | undefined

  constructor(database: Database, effects: Effects, refusal: Refusal) {
    this.#database = database
    this.#effects = effects
    this.#refusal = refusal
  }

  /** @returns the query with its answer; undefined when it would change something */
  async answer(query: Query, run: () => Promise<Query>): Promise<Query | undefined> {
    const source = this.#effects.sourceOf(query)
    if ('refused' in source) return this.#refusal.because(source.refused)
    if ('rows' in source) query.response = this.#response(source.rows)
    else if (source.from === 'copy') query.response = await this.#askCopy(query)
    else return run().catch((error: unknown) => this.#unlessRefused(error))
    return query
  }

  async close(): Promise<void> {
    const copy = await this.#copy?.catch(() => undefined)
    await copy?.close()
  }

  #response(rows: readonly object[]): unknown {
    if (driverOf(this.#database.db) === 'mysql2') return [rows, []]
    return { command: 'SELECT', rows, rowCount: rows.length, fields: [] }
  }

  async #askCopy(query: Query): Promise<unknown> {
    this.#copy ??= openCopy(this.#database)
    try {
      return await (await this.#copy).ask(query, this.#effects.changes)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return this.#refusal.because(`a copy of the tables, to see what it does, failed: ${why}`)
    }
  }

  #unlessRefused(error: unknown): undefined {
    if (isRefused(error)) return undefined
    throw error
  }
}

const relations: Readonly<Record<string, string>> = {
  mysql2: `select table_name as name, case table_type when 'VIEW' then 'view' else 'table' end as kind
    from information_schema.tables where table_schema = database()
    union all select trigger_name, 'trigger'
    from information_schema.triggers where trigger_schema = database()`,
  pg: `select relname as name, case when relkind in ('v', 'm') then 'view' else 'table' end as kind
    from pg_class where relkind in ('r', 'p', 'f', 'v', 'm')
    and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    union all select tgname, 'trigger' from pg_trigger where not tgisinternal`,
}

async function effectsOn(db: Knex, driver: string): Promise<Effects> {
  const answer = await db.raw(relations[driver] as string)
  const rows: { name: string; kind: string }[] = driver === 'pg' ? answer.rows : answer[0]
  const named = (kind: string) => rows.filter((row) => row.kind === kind).map((row) => row.name)
  const hasTriggers = named('trigger').length > 0
  return new Effects(driver, { tables: named('table'), views: named('view'), hasTriggers })
}
