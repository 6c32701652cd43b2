import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, suite } from 'node:test'
import Database from 'better-sqlite3'
import createKnex, { type Knex } from 'knex'
import { defineConfig } from '../../../../../src/framework/config'
import { knexConfig } from '../../../../../src/framework/database/connection'
import type { Step } from '../../../../../src/framework/migrations/change'
import { sqlite } from '../../../../../src/framework/migrations/dialects/sqlite'
import type { Table } from '../../../../../src/framework/migrations/schema'

/** A project with a file of SQLite, foreign keys enforced, and migrations that Knex itself runs. */
export class Place {
  readonly #root = mkdtempSync(join(tmpdir(), 'atelier-sqlite-'))
  readonly file = join(this.#root, 'db.sqlite3')
  readonly db: Knex
  #count = 0

  constructor() {
    mkdirSync(join(this.#root, 'migrations'))
    symlinkSync(join(__dirname, '../../../../../src'), join(this.#root, 'src'))
    const environment = { DATABASE_URL: 'sqlite:db.sqlite3' }
    const config = knexConfig(defineConfig({ root: this.#root, environment }))
    this.db = createKnex({ ...config, log: { warn: () => {} } })
  }

  async close(): Promise<void> {
    await this.db.destroy()
    rmSync(this.#root, { recursive: true })
  }

  /** Runs statements as they stand. */
  async run(...statements: string[]): Promise<void> {
    for (const sql of statements) await this.db.raw(sql)
  }

  /** The rows of a query, as lists of values. */
  async rows(sql: string): Promise<unknown[][]> {
    return ((await this.db.raw(sql)) as object[]).map((row) => Object.values(row))
  }

  async read(name: string): Promise<Table> {
    return (await sqlite.reflect(this.db, [name]))[0] ?? assert.fail(`No table ${name}`)
  }

  /**
   * Applies a migration with these steps, as Knex finds it in its folder; one that fails is gone.
   *
   * @returns its statements
   */
  async migrate(steps: readonly Step[], { transaction = false } = {}): Promise<string[]> {
    this.#count += 1
    const path = join(this.#root, 'migrations', `${this.#count}_steps.ts`)
    writeFileSync(path, migration(steps, transaction))
    const statements: string[] = []
    const note = ({ sql }: { sql: string }) => void statements.push(sql)
    this.db.on('query', note)
    try {
      await this.db.migrate.latest()
      return statements
    } catch (error) {
      rmSync(path)
      throw error
    } finally {
      this.db.off('query', note)
    }
  }

  /** All that a failure must leave as it was. */
  async everything(): Promise<unknown> {
    const schema = await this.rows(
      'select type, name, tbl_name, sql from sqlite_master order by name',
    )
    const tables = schema.filter(([type, name]) => type === 'table' && !/^knex_/.test(String(name)))
    const rows = tables.map(async ([, name]) => [name, await this.db(String(name))])
    const pragmas = ['foreign_keys', 'legacy_alter_table', 'foreign_key_check', 'integrity_check']
    return {
      schema: schema.filter(([, name]) => !/knex_/.test(String(name))),
      rows: await Promise.all(rows),
      applied: await this.rows('select name from knex_migrations'),
      pragmas: await Promise.all(pragmas.map((pragma) => this.rows(`pragma ${pragma}`))),
    }
  }
}

function migration(steps: readonly Step[], transaction: boolean): string {
  return `import { change } from '../src/framework/migrations/change'
export const config = { transaction: ${transaction} }
export async function up(knex: any) { await change(knex, ${source(steps)}) }
export async function down() {}
`
}

function source(value: unknown): string {
  if (typeof value === 'function') return String(value)
  if (Array.isArray(value)) return `[${value.map(source).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).map(([key, item]) => `${key}: ${source(item)}`)
  return `{ ${entries.join(', ')} }`
}

/** A suite whose tests have a place each. */
export function sqliteSuite(name: string, tests: (place: () => Place) => void): void {
  suite(name, () => {
    let place: Place | undefined
    beforeEach(() => {
      place = new Place()
    })
    afterEach(() => place?.close())
    tests(() => place ?? assert.fail('The test has not begun'))
  })
}

/** What reads a statement as SQLite keeps it: the statement is tried in a database of its own. */
export function readInMemory(...statements: string[]): Promise<Table[]> {
  const memory = new Database(':memory:')
  for (const sql of statements) memory.exec(sql)
  const db = { raw: async (sql: string) => memory.prepare(sql).all(), client: {} }
  return sqlite.reflect(db as unknown as Knex).finally(() => memory.close())
}
