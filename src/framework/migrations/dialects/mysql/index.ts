import type { Knex } from 'knex'
import { createTable, isPlainIndex } from '../../calls'
import { nameOf } from '../../names'
import type { Table } from '../../schema'
import { type Dialect, execute } from '../dialect'
import { statements } from './change'
import { plainKey, showTable, tableNames, withoutKeyIndexes } from './read'
import { alter, indexSql, quote } from './write'

export const mysql: Dialect = {
  name: 'mysql',
  async reflect(db, names) {
    const all = await tableNames(db)
    const wanted = names ? all.filter((name) => names.includes(name)) : all
    const tables = await Promise.all(wanted.map((name) => showTable(db, name)))
    return tables.map(withoutKeyIndexes)
  },
  // A temporary table is there for one connection only, and a transaction keeps to one.
  rehearse: (db, tables) =>
    db.isTransaction ? rehearseAll(db, tables) : db.transaction((trx) => rehearseAll(trx, tables)),
  async perform(db, changes) {
    for (const change of changes) {
      for (const sql of await statements(db, change)) await execute(db, sql)
    }
  },
}

async function rehearseAll(db: Knex, tables: readonly Table[]): Promise<Table[]> {
  const found: Table[] = []
  for (const table of tables) found.push(await rehearseOne(db, table))
  return found
}

/** A temporary table has no foreign keys: they come back as they were given. */
async function rehearseOne(db: Knex, table: Table): Promise<Table> {
  const all = buildSql(db, table)
  try {
    for (const sql of all) await execute(db, sql)
    const foreignKeys = table.foreignKeys
      // Knex gives a name to a key that has none.
      .map((key) => ({ ...key, name: key.name ?? nameOf(table.name, key.columns, 'foreign') }))
      .map(plainKey)
    return withoutKeyIndexes({ ...(await showTable(db, table.name)), foreignKeys })
  } finally {
    await execute(db, `drop temporary table if exists ${quote(table.name)}`)
  }
}

function buildSql(db: Knex, table: Table): string[] {
  const bare = { ...table, foreignKeys: [] }
  const all = createTable(db, bare).toSQL() as unknown as readonly { readonly sql: string }[]
  return [
    ...all.map(({ sql }) => sql.replace(/^create table/, 'create temporary table')),
    ...table.indexes
      .filter((index) => !isPlainIndex(index))
      .map((index) => alter(table.name, indexSql(index))),
  ]
}
