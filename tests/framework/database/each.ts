import { tmpdir } from 'node:os'
import { test } from 'node:test'
import type { Knex } from 'knex'
import { defineConfig } from '../../../src/framework/config'
import { closeDatabase, openDatabase } from '../../../src/framework/database'
import { freshDatabase, skipWithout } from '../../support/servers'

/** Opens the database of a URL for `body`, and closes it afterwards. */
export async function withDatabase<T>(
  DATABASE_URL: string,
  body: (db: Knex) => Promise<T>,
): Promise<T> {
  const environment = { NODE_ENV: 'test', DATABASE_URL }
  const db = openDatabase(defineConfig({ root: tmpdir(), environment }))
  try {
    return await body(db)
  } finally {
    await closeDatabase(db)
  }
}

/** One test for each kind of database: SQLite in memory, PostgreSQL and MariaDB. */
export function onEach(title: string, body: (db: Knex) => Promise<void>): void {
  test(`SQLite: ${title}`, () => withDatabase('sqlite::memory:', body))
  for (const [name, kind] of [
    ['PostgreSQL', 'postgres'],
    ['MariaDB', 'mysql'],
  ] as const) {
    test(`${name}: ${title}`, { skip: skipWithout(kind) }, async () => {
      const { url, drop } = await freshDatabase(kind)
      try {
        await withDatabase(url, body)
      } finally {
        await drop()
      }
    })
  }
}
