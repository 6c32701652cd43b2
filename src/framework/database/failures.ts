import { UniqueViolationError } from 'objection'
import { DuplicateError } from '../errors'

/** Turns what a driver says of a failed query into our own error where we know better words. */
export function readable(error: Error, model: string): Error {
  const columns = duplicateColumns(error)
  return columns ? new DuplicateError(model, columns, error) : error
}

/** The unique columns that a row broke, or undefined when that is not what happened. */
function duplicateColumns(error: Error & { code?: string }): string[] | undefined {
  // db-errors does not know the extended codes of better-sqlite3, so SQLite is read here.
  const failed = /UNIQUE constraint failed: (.+)$/.exec(error.message)?.[1]
  if (error.code?.startsWith('SQLITE_CONSTRAINT') && failed) {
    return failed.split(', ').map((column) => column.split('.').at(-1) ?? column)
  }
  return error instanceof UniqueViolationError ? namedColumns(error) : undefined
}

/** PostgreSQL names the columns; MariaDB names only the index, as in `users_email_unique`. */
function namedColumns(error: Error & { columns?: string[]; constraint?: string }): string[] {
  if (error.columns && error.columns.length > 0) return error.columns
  const index = error.constraint?.split('.').at(-1) ?? ''
  return [/_(.+)_unique$/.exec(index)?.[1] ?? index]
}
