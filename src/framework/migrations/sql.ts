import type { Knex } from 'knex'
import type { Application } from '../application'
import { checkDatabase, databases } from '../database'
import { findDisorders, readFiles } from './history'
import { readApplied, refuseNewer, without } from './pending'
import { openByReading } from './sql/by-reading'
import { openOnCopy } from './sql/on-copy'
import { driverOf } from './sql/recorder'
import { Script } from './sql/script'
import { Showing } from './sql/showing'

/**
 * Writes the SQL that applying the pending migrations would run, in their order, as a script for the
 * database's own program. The database is read and not changed; migrations run on a copy in memory
 * (SQLite), or what they do is written down instead (PostgreSQL, MariaDB, MySQL). A migration that
 * cannot be shown that way is named with the reason in a comment, and ends the script.
 *
 * @returns a comment when nothing is pending
 * @throws StoreUnavailableError within 5 s when the database does not answer
 * @throws MigrationError when the database has migrations that have no file
 */
export async function pendingSql({
  config,
  db,
}: Pick<Application, 'config' | 'db'>): Promise<string> {
  await checkDatabase(db, config)
  const folder = `${config.root}/migrations`
  const files = readFiles(folder)
  const applied = await readApplied(db)
  refuseNewer(files, applied)
  const names = without(files, applied)
  if (names.length === 0) return '-- Nothing to do: no migration is pending.'
  const driver = driverOf(db)
  const script = new Script(driver)
  script.comment(`What is pending for ${config.DATABASE_URL}. Run it with: ${programs[driver]}`)
  const before = applied.map(({ name }) => name)
  for (const { text } of findDisorders(files, before)) script.comment(`Warning: ${text}`)
  for (const sql of settings[driver] ?? []) script.add(sql)
  const open = driver === 'better-sqlite3' ? openOnCopy : openByReading
  const recorder = await open({ config, db }, script)
  try {
    const showing = new Showing(recorder, script, { folder, batch: await nextBatch(db) })
    // A model that a migration imports acts on what records, too.
    await databases.run(recorder.db, () => showing.all(names))
    return script.toString()
  } finally {
    await recorder.close()
  }
}

/** With what makes them stop at the first error. */
const programs: Readonly<Record<string, string>> = {
  'better-sqlite3': 'sqlite3 -bail',
  pg: 'psql -v ON_ERROR_STOP=1',
  mysql2: 'mysql',
}

/** What the application's connections have, and those of others may not. */
const settings: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': ['PRAGMA foreign_keys = ON'],
  pg: ["set client_encoding = 'UTF8'"],
  mysql2: ['set names utf8mb4'],
}

async function nextBatch(db: Knex): Promise<number> {
  if (!(await db.schema.hasTable('knex_migrations'))) return 1
  const [row] = await db('knex_migrations').max({ latest: 'batch' })
  return Number(row?.latest ?? 0) + 1
}
