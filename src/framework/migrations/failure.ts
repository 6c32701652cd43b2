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
  return new MigrationError(`${which}: ${messageOf(error).replace(/\.$/, '')}.`, remains(db), error)
}

function unloadable(pending: readonly string[], error: unknown): string | undefined {
  const text = error instanceof Error ? `${error.message}\n${error.stack}` : String(error)
  return pending.find((file) => text.includes(file))
}

// MariaDB and MySQL commit with every change of the schema.
function remains(db: Knex): string {
  const rollsBack = db.client.driverName !== 'mysql2'
  return rollsBack
    ? 'It was rolled back; correct it and start again.'
    : 'This database cannot roll back changes of its schema; undo by hand what it had done.'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
