import { join } from 'node:path'
import type { Knex } from 'knex'
import { MigrationError } from '../errors'

/** Whether an error means that another process is migrating, or creating Knex's tables, right now. */
export function isContended(error: unknown): boolean {
  return isLocked(error) || /already exists|duplicate key/i.test(messageOf(error))
}

/** Whether an error means that another process holds Knex's lock, or SQLite's. */
export function isLocked(error: unknown): boolean {
  const { name, code } = error as { name?: string; code?: string }
  return name === 'MigrationLocked' || String(code).startsWith('SQLITE_BUSY')
}

/**
 * Says which migration failed, why, and what became of it.
 *
 * @param pending the files that were to be applied
 * @param reports the lines that Knex logged while it tried
 */
export function explainFailure(
  db: Knex,
  error: unknown,
  pending: readonly string[],
  reports: readonly string[],
): MigrationError {
  if (isLocked(error)) {
    const hint =
      'If no other process is migrating, a killed one left the lock behind: npx knex migrate:unlock'
    return new MigrationError('The migrations are locked by another process.', hint, error)
  }
  const failed =
    /migration file "(.+)" failed/.exec(reports.join('\n'))?.[1] ?? unloadable(pending, error)
  const which = failed ? `The migration ${failed} failed` : 'The migrations failed'
  const why = messageOf(error).replace(/\.$/, '')
  return new MigrationError(`${which}: ${why}.`, remains(db, failed), error)
}

function unloadable(pending: readonly string[], error: unknown): string | undefined {
  const text = error instanceof Error ? `${error.message}\n${error.stack}` : String(error)
  return pending.find((file) => text.includes(file))
}

function remains(db: Knex, file: string | undefined): string {
  // MariaDB and MySQL commit with every change of the schema.
  const rollsBack = db.client.driverName !== 'mysql2' && !(file && refusesTransaction(db, file))
  return rollsBack
    ? 'It was rolled back; correct it and start again.'
    : 'What it had done was not rolled back; undo that by hand.'
}

function refusesTransaction(db: Knex, file: string): boolean {
  try {
    const { config } = require(join(db.client.config.migrations.directory, file))
    return config?.transaction === false
  } catch {
    // It does not load, so it did nothing.
    return false
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
