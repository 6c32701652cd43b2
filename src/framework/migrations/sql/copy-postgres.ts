import createKnex, { type Knex } from 'knex'
import { knexConfig } from '../../database'
import { createTable, isPlainIndex } from '../calls'
import { execute } from '../dialects'
import { readTables } from '../dialects/postgres/read'
import { foreignKeySql, indexSql } from '../dialects/postgres/write'
import type { Table } from '../schema'
import type { Place } from './place'
import type { Database } from './recorder'

/** Makes a copy of all tables as temporary ones, which are there for one connection. */
export async function openPostgresCopy({ config, db }: Database): Promise<Place> {
  const tables = await readTables(db)
  const copy = createKnex({ ...knexConfig(config), pool: { min: 0, max: 1 } })
  const close = () => copy.destroy()
  try {
    await execute(copy, [searchFirst, ...statements(copy, tables), searchOnly].join(';\n'))
  } catch (error) {
    await close()
    throw error
  }
  return { db: copy, translate: (query) => query, close }
}

const searchFirst = `select set_config('search_path',
  concat_ws(', ', 'pg_temp', nullif(current_setting('search_path'), '')), false)`

// From now on what is not in the copy is not there, so that nothing else can be changed.
const searchOnly = `set search_path = pg_temp`

function statements(db: Knex, tables: readonly Table[]): string[] {
  const among = new Set(tables.map(({ name }) => name))
  return [
    ...tables.map((table) => createTable(db, { ...table, foreignKeys: [] }).toString()),
    ...tables.flatMap(({ name, indexes }) =>
      indexes.filter((index) => !isPlainIndex(index)).map((index) => indexSql(name, index)),
    ),
    // Last, so that tables may refer to each other. Temporary ones can only refer to others of them.
    ...tables.flatMap(({ name, foreignKeys }) =>
      foreignKeys.filter(({ table }) => among.has(table)).map((key) => foreignKeySql(name, key)),
    ),
  ]
}
