import Database from 'better-sqlite3'
import { type Dialect, execute } from '../dialect'
import { performChanges } from './change'
import { inTransaction } from './keys'
import { readTables, type Stored, stored } from './read'
import { createSql, indexSql } from './write'

export const sqlite: Dialect = {
  name: 'sqlite',
  async reflect(db, names) {
    const tables = readTables(await execute<Stored[]>(db, stored))
    return names ? tables.filter(({ name }) => names.includes(name)) : tables
  },
  async rehearse(_, tables) {
    const memory = new Database(':memory:')
    try {
      for (const table of tables) {
        memory.exec(createSql(table))
        const others = table.indexes.filter((index) => !index.constraint)
        for (const index of others) memory.exec(indexSql(table.name, index))
      }
      return readTables(memory.prepare(stored).all() as Stored[])
    } finally {
      memory.close()
    }
  },
  perform: (db, changes) => performChanges(db, changes, sqlite),
  inTransaction,
}
