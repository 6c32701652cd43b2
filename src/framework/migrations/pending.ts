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
    const missing = /following files are missing: (.+)$/.exec(why)?.[1]
    if (missing) throw newerDatabase(missing.replaceAll('.ts', ''))
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
  const applied = await readApplied(db)
  return migrations.filter((file) => !applied.some(({ name }) => `${name}.ts` === file))
}

/** A migration that the database has, and since when, where Knex has noted that. */
export interface AppliedMigration {
  readonly name: string
  readonly date: Date | undefined
}

/** The migrations that the database has, by name, with a file or not. Writes nothing. */
export async function readApplied(db: Knex): Promise<AppliedMigration[]> {
  if (!(await db.schema.hasTable('knex_migrations'))) return []
  const rows: { name: string; time: Date | number | null }[] = await db('knex_migrations').select(
    'name',
    'migration_time as time',
  )
  const applied = rows.map(({ name, time }) => ({
    name: name.replace(/\.ts$/, ''),
    date: time === null ? undefined : new Date(time),
  }))
  // In the order of the files, which databases do not agree about.
  return applied.sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** @throws MigrationError when the database has migrations that have no file */
export function refuseNewer(files: readonly Named[], applied: readonly Named[]): void {
  const names = without(applied, files)
  if (names.length > 0) throw newerDatabase(names.join(', '))
}

interface Named {
  readonly name: string
}

/** The names of those migrations that are not among the others. */
export function without(migrations: readonly Named[], others: readonly Named[]): string[] {
  const names = new Set(others.map(({ name }) => name))
  return migrations.map(({ name }) => name).filter((name) => !names.has(name))
}

function newerDatabase(names: string): MigrationError {
  return new MigrationError(
    `The database has ${names}, and the folder migrations has no such file: the database is newer than the files, or a file was renamed or removed.`,
    'Bring it back, as with git pull. Nothing was changed.',
  )
}
