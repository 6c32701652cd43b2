import { existsSync, readdirSync } from 'node:fs'
import type { Knex } from 'knex'
import { MigrationError } from '../errors'
import { isContended } from './failure'

/**
 * The files of the migrations that are not applied yet. Creates Knex's own tables.
 *
 * @throws MigrationError when an applied one is missing from the folder
 */
export async function pendingFiles(db: Knex): Promise<string[]> {
  try {
    const [, pending] = await db.migrate.list()
    await keepOneLockRow(db)
    return pending.map(({ file }: { file: string }) => file)
  } catch (error) {
    if (isContended(error)) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new MigrationError(`The migrations cannot be read: ${why}.`, '', error)
  }
}

// Two processes that create Knex's tables at one moment both insert its lock; then none can take it.
async function keepOneLockRow(db: Knex): Promise<void> {
  const rows = await db('knex_migrations_lock').select('index').orderBy('index')
  if (rows.length > 1) await db('knex_migrations_lock').where('index', '>', rows[0].index).del()
}

/** The same, without writing anything: Knex's tables are not created just to find out. */
export async function pendingFilesByReading(db: Knex, folder: string): Promise<string[]> {
  const files = existsSync(folder) ? readdirSync(folder) : []
  const migrations = files.filter((file) => file.endsWith('.ts'))
  if (!(await db.schema.hasTable('knex_migrations'))) return migrations
  const rows: { name: string }[] = await db('knex_migrations').select('name')
  return migrations.filter((file) => !rows.some(({ name }) => name === file))
}
