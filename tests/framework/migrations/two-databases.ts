import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import type { Knex } from 'knex'
import mysql from 'mysql2/promise'
import { Client } from 'pg'
import { dialectOf } from '../../../src/framework/migrations/dialects'
import { pendingSql } from '../../../src/framework/migrations/sql'
import { freshDatabase, skipWithout } from '../../support/servers'
import { type Folder, withFolder } from './folder'

const changeFile = require.resolve('../../../src/framework/migrations/change')

/** A migration of `change`, as a revision writes it. @param steps as in its file */
export function changes(steps: string): string {
  return `import { change } from ${JSON.stringify(changeFile)}
export const config = { transaction: false }
export async function up(knex: any) { await change(knex, [${steps}]) }
export async function down(knex: any) {}
`
}

export const kinds = ['sqlite', 'postgres', 'mysql'] as const
export type Kind = (typeof kinds)[number]

/** Runs `body` with a project on a database of this kind. */
export async function withDatabase(
  kind: Kind,
  body: (folder: Folder) => Promise<void>,
): Promise<void> {
  if (kind === 'sqlite') return withFolder(body)
  const { url, drop } = await freshDatabase(kind)
  try {
    await withFolder(body, url)
  } finally {
    await drop()
  }
}

/** Some files and, between them, what is done with the database, in order. */
export type History = readonly (Record<string, string> | ((db: Knex) => Promise<unknown>))[]

/** One test for each kind: the script of the last files does what Knex does with them. */
export function sameAsKnex(title: string, historyOf: (kind: Kind) => History): void {
  for (const kind of kinds) {
    test(`${kind}: ${title}`, { skip: kind !== 'sqlite' && skipWithout(kind) }, () =>
      withDatabase(kind, (one) =>
        withDatabase(kind, async (other) => {
          await live(one, historyOf(kind))
          await live(other, historyOf(kind))
          const script = await pendingSql(one.app)
          assert.doesNotMatch(script, /cannot be shown/)
          await run(kind, one, script)
          await other.app.db.migrate.latest()
          assert.deepEqual(await contents(one.app.db), await contents(other.app.db))
        }),
      ),
    )
  }
}

/** Applies all files but the last ones, which are pending then. */
async function live({ app, write }: Folder, history: History): Promise<void> {
  for (const [at, part] of history.entries()) {
    if (typeof part === 'function') await part(app.db)
    else write(part)
    if (at < history.length - 1) await app.db.migrate.latest()
  }
}

/** Gives a script to the driver as it is. */
async function run(kind: Kind, { app: { config } }: Folder, script: string): Promise<void> {
  const url = config.DATABASE_URL.reveal()
  if (kind === 'sqlite') {
    const database = new Database(join(config.root, 'db.sqlite3'))
    database.exec(script)
    database.close()
  } else if (kind === 'postgres') {
    const client = new Client(url)
    await client.connect()
    await client.query(script).finally(() => client.end())
  } else {
    const connection = await mysql.createConnection({ uri: url, multipleStatements: true })
    await connection.query(script).finally(() => connection.end())
  }
}

/** The tables of a database with their rows, but for the times at which migrations were applied. */
export async function contents(db: Knex): Promise<object> {
  const tables = await dialectOf(db).reflect(db)
  const rows: Record<string, unknown> = {}
  for (const { name } of tables) {
    const all: object[] = await db(name).orderBy(1)
    rows[name] = all.map((row) => ({ ...row, migration_time: undefined }))
  }
  return { tables, rows }
}
