import { UniqueViolationError } from 'objection'
import { DuplicateError } from '../errors'

/** What is asked of the model that a query was for. */
export interface FailedModel {
  readonly name: string
  readonly tableName: string
  readonly idColumn: string | string[]
  readonly columns: object
}

/** Turns what a driver says of a failed query into our own error where we know better words. */
export function readable(error: unknown, model: FailedModel): unknown {
  const columns = error instanceof Error ? duplicateColumns(error, model) : undefined
  return columns ? new DuplicateError(model.name, columns, error) : error
}

/** The unique columns that a row broke, or undefined when that is not what happened. */
function duplicateColumns(
  error: Error & { code?: unknown },
  model: FailedModel,
): string[] | undefined {
  // db-errors does not know the extended codes of better-sqlite3, so SQLite is read here.
  const failed = /UNIQUE constraint failed: (.+)$/.exec(error.message)?.[1]
  if (failed && String(error.code).startsWith('SQLITE_CONSTRAINT')) {
    return failed.split(', ').map((column) => column.split('.').at(-1) ?? column)
  }
  return error instanceof UniqueViolationError ? namedColumns(error, model) : undefined
}

/** PostgreSQL names the columns; MariaDB names only the index, as in `users_email_unique`. */
function namedColumns(
  error: Error & { columns?: string[]; constraint?: string },
  model: FailedModel,
): string[] {
  if (error.columns && error.columns.length > 0) return error.columns
  const index = error.constraint?.split('.').at(-1) ?? ''
  if (index === 'PRIMARY') return [model.idColumn].flat()
  const table = `${model.tableName.replaceAll(/[.-]/g, '_').toLowerCase()}_`
  const joined = (index.startsWith(table) ? index.slice(table.length) : index).replace(
    /_unique$/,
    '',
  )
  return splitColumns(joined, Object.keys(model.columns)) ?? [index]
}

/** `first_name_age` is `first_name` and `age` where these are columns. */
function splitColumns(joined: string, columns: readonly string[]): string[] | undefined {
  for (const column of columns) {
    const start = column.toLowerCase()
    if (joined === start) return [column]
    const rest =
      joined.startsWith(`${start}_`) && splitColumns(joined.slice(start.length + 1), columns)
    if (rest) return [column, ...rest]
  }
  return undefined
}
