import type { Knex } from 'knex'
import { execute } from '../dialect'

/** The rows of a query, as it stands. */
export async function rowsOf<T>(db: Knex, sql: string): Promise<readonly T[]> {
  // The driver gives a list of columns beside them.
  const [rows = []] = await execute<(readonly T[])[]>(db, sql)
  return rows
}
