import type { Knex } from 'knex'
import type { Change } from '../operations'
import type { Table } from '../schema'

/** What is particular to one kind of database. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres' | 'mysql'
  /**
   * Reads the tables of a database, without views.
   *
   * @param names only these; those that are not there are left out
   */
  reflect(db: Knex, names?: readonly string[]): Promise<Table[]>
  /**
   * Builds tables in a place that nobody else sees, reads them back as `reflect` would, and leaves
   * nothing behind. Foreign keys come back as they were given where the place cannot keep them.
   *
   * @throws the database's error when it refuses one of them
   */
  rehearse(db: Knex, tables: readonly Table[]): Promise<Table[]>
  /** Makes changes to tables, in this order as far as it matters. */
  perform(db: Knex, changes: readonly Change[]): Promise<void>
  /**
   * Does work on tables in a transaction of the kind that it needs, where a plain one does not do.
   *
   * @param isHarmless whether the work neither changes nor drops tables
   */
  inTransaction?(db: Knex, work: (trx: Knex) => Promise<void>, isHarmless: boolean): Promise<void>
}

/** Runs one statement as it stands. @returns its rows, as the driver gives them */
export function execute<T>(db: Knex, sql: string): Knex.Raw<T> {
  return db.raw(db.client.driverName === 'pg' ? unbound(sql) : sql)
}

/**
 * Knex makes `$1` of a question mark for PostgreSQL, even where there are no values, and takes a
 * backslash before it for its own: one that belongs to a text ends it there, and the text goes on
 * in the next line.
 */
function unbound(sql: string): string {
  return sql.replaceAll(/(\\?)\?/g, (_, slash) => (slash ? "\\'\n'\\?" : '\\?'))
}
