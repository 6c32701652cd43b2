import Database from 'better-sqlite3'
import { createTable, isPlainIndex } from '../../calls'
import { plainDefault } from '../../defaults'
import type { Index, Table } from '../../schema'
import { indexColumns, readCreateTable } from '../ddl'
import { type Dialect, execute } from '../dialect'
import { Reader, tokenize } from '../tokens'
import { performChanges } from './rebuild'
import { indexSql } from './write'

export const sqlite: Dialect = {
  name: 'sqlite',
  async reflect(db, names) {
    const tables = readTables(await execute<Stored[]>(db, stored))
    return names ? tables.filter(({ name }) => names.includes(name)) : tables
  },
  async rehearse(db, tables) {
    const memory = new Database(':memory:')
    try {
      for (const table of tables) {
        memory.exec(createTable(db, table).toString())
        const others = table.indexes.filter((index) => !isPlainIndex(index))
        for (const index of others) memory.exec(indexSql(table.name, index))
      }
      return readTables(memory.prepare(stored).all() as Stored[])
    } finally {
      memory.close()
    }
  },
  perform: (db, changes) => performChanges(db, changes, sqlite),
}

/** What SQLite keeps of its schema: the statements that made it. */
interface Stored {
  readonly type: 'table' | 'index'
  readonly sql: string
}

const stored = `select type, sql from sqlite_master where type in ('table', 'index') and sql is not null
  and name not like 'sqlite\\_%' escape '\\' order by name`

function readTables(rows: readonly Stored[]): Table[] {
  const tables = rows.filter(({ type, sql }) => type === 'table' && !/^create\s+virtual/i.test(sql))
  const indexes = rows.filter(({ type }) => type === 'index').map(({ sql }) => readIndex(sql))
  return tables.map(({ sql }) => {
    const table = plainTable(readCreateTable(sql))
    const own = indexes.filter((index) => sameName(index.table, table.name))
    return { ...table, indexes: [...table.indexes, ...own.map(({ index }) => index)] }
  })
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

function readIndex(sql: string): { table: string; index: Index } {
  const reader = new Reader(sql, tokenize(sql))
  reader.next()
  const unique = reader.takes('unique')
  reader.next()
  reader.takes('if', 'not', 'exists')
  const name = reader.next().value
  reader.next()
  const table = reader.next().value
  const columns = indexColumns(reader.brackets())
  const where = reader.takes('where') ? reader.text : null
  return { table, index: { name, columns, unique, where } }
}

const types: readonly (readonly [RegExp, string])[] = [
  [/^int(eger)?$/, 'integer'],
  [/^(float|double|double precision|real)$/, 'double'],
  [/^(numeric|decimal)\((\d+), ?(\d+)\)$/, 'decimal($2, $3)'],
  [/^bool(ean)?$/, 'boolean'],
  [/^(varchar|character varying)\((\d+)\)$/, 'string($2)'],
  [/^timestamp$/, 'datetime'],
  [/^char\(36\)$/, 'uuid'],
  [/^jsonb$/, 'json'],
  [/^blob$/, 'binary'],
]

function plainTable(table: Table): Table {
  const columns = table.columns.map((column) => {
    const written = column.type.toLowerCase().replace(/\s+/g, ' ')
    const found = types.find(([pattern]) => pattern.test(written))
    const type = found ? written.replace(...found) : written
    return { ...column, type, default: plainDefault(type, column.default) }
  })
  const indexes = table.indexes.map((index) => ({
    ...index,
    name: index.name || auto(table, index),
  }))
  return { ...table, columns, indexes }
}

/** SQLite names the index of a constraint that has no name; so do we, alike on every machine. */
function auto({ name }: Table, { columns }: Index): string {
  return [name, ...columns.map((column) => column.name), 'unique'].join('_')
}
