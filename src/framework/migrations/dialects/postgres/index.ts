import type { Knex } from 'knex'
import { createTable, isPlainIndex } from '../../calls'
import { nameOf } from '../../names'
import type { ForeignKey, Table } from '../../schema'
import { type Dialect, execute } from '../dialect'
import { statements } from './change'
import { readTables } from './read'
import { foreignKeySql, indexSql } from './write'

export const postgres: Dialect = {
  name: 'postgres',
  reflect: readTables,
  async rehearse(db, tables) {
    const trx = await db.transaction()
    try {
      // All at once, since a server may be far away.
      await execute(trx, [useTemporarySchema, ...rehearsal(trx, tables)].join(';\n'))
      const names = tables.map(({ name }) => name)
      return (await readTables(trx, names)).map((table) => withKeysOutside(table, tables))
    } finally {
      await trx.rollback()
    }
  },
  async perform(db, changes) {
    for (const change of changes) {
      for (const sql of await statements(db, change)) await execute(db, sql)
    }
  },
}

/** Until the end of the transaction, tables are made in the temporary schema and found there first. */
const useTemporarySchema = `select set_config('search_path',
  concat_ws(', ', 'pg_temp', nullif(current_setting('search_path'), '')), true)`

/** The statements that build the tables; keys come last, so that tables may refer to each other. */
function rehearsal(db: Knex, tables: readonly Table[]): string[] {
  const made = tables.map((table) => createTable(db, { ...table, foreignKeys: [] }).toString())
  const indexes = tables.flatMap((table) =>
    table.indexes
      .filter((index) => !isPlainIndex(index))
      .map((index) => indexSql(table.name, index)),
  )
  const keys = tables.flatMap(({ name: table, foreignKeys }) =>
    foreignKeys
      .filter((key) => isAmong(key, tables))
      // Knex gives a name to a key that has none.
      .map((key) => ({ ...key, name: key.name ?? nameOf(table, key.columns, 'foreign') }))
      .map((key) => foreignKeySql(table, key)),
  )
  return [...made, ...indexes, ...keys]
}

/** A temporary table can only refer to another one. */
function isAmong(key: ForeignKey, tables: readonly Table[]): boolean {
  return tables.some(({ name }) => name === key.table)
}

function withKeysOutside(table: Table, given: readonly Table[]): Table {
  const { foreignKeys = [] } = given.find(({ name }) => name === table.name) ?? {}
  const outside = foreignKeys.filter((key) => !isAmong(key, given))
  return { ...table, foreignKeys: [...table.foreignKeys, ...outside] }
}
