import { plainDefault } from '../../defaults'
import type { ForeignKey, Index, Table } from '../../schema'
import { indexColumns, readCreateTable } from '../ddl'
import { Reader, tokenize } from '../tokens'

/** What SQLite keeps of its schema: the statements that made it. */
export interface Stored {
  readonly type: 'table' | 'index'
  readonly sql: string
}

/** The query for what `readTables` reads. */
export const stored = `select type, sql from sqlite_master where type in ('table', 'index') and sql is not null
  and name not like 'sqlite\\_%' escape '\\' order by name`

/** The tables that statements made, with their indexes; names as their tables spell them. */
export function readTables(rows: readonly Stored[]): Table[] {
  const made = rows.filter(({ type, sql }) => type === 'table' && !/^create\s+virtual/i.test(sql))
  const indexes = new Map<string, Index[]>()
  for (const { type, sql } of rows) {
    if (type !== 'index') continue
    const { table, index } = readIndex(sql)
    const own = indexes.get(plainName(table))
    if (own) own.push(index)
    else indexes.set(plainName(table), [index])
  }
  const tables = made.map(({ sql }) => {
    const table = plainTable(readCreateTable(sql))
    return { ...table, indexes: [...table.indexes, ...(indexes.get(plainName(table.name)) ?? [])] }
  })
  const all = new Map(tables.map((table) => [plainName(table.name), table]))
  return tables.map((table) => spelled(table, all))
}

function readIndex(sql: string): { table: string; index: Index } {
  const reader = new Reader(sql, tokenize(sql))
  reader.next()
  const unique = reader.takes('unique')
  reader.next()
  reader.takes('if', 'not', 'exists')
  const name = reader.name()
  reader.next()
  const table = reader.name()
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

function plainName(name: string): string {
  return name.toLowerCase()
}

/** SQLite does not care for the case of names, so that each may be written in many ways. */
function spelled(table: Table, all: ReadonlyMap<string, Table>): Table {
  const own = (name: string) => spelling(table.columns, name)
  return {
    ...table,
    primaryKey: table.primaryKey && {
      ...table.primaryKey,
      columns: table.primaryKey.columns.map(own),
    },
    indexes: table.indexes.map((index) => ({
      ...index,
      columns: index.columns.map((column) => ({ ...column, name: own(column.name) })),
    })),
    foreignKeys: table.foreignKeys.map((key) => ({
      ...key,
      columns: key.columns.map(own),
      ...spelledTarget(key, all),
    })),
  }
}

/** A key that names no columns refers to the primary key. */
function spelledTarget(
  { table, references }: ForeignKey,
  all: ReadonlyMap<string, Table>,
): Pick<ForeignKey, 'table' | 'references'> {
  const target = all.get(plainName(table))
  if (!target) return { table, references }
  const columns = references.length > 0 ? references : (target.primaryKey?.columns ?? [])
  return { table: target.name, references: columns.map((name) => spelling(target.columns, name)) }
}

function spelling(all: readonly { name: string }[], name: string): string {
  return all.find((one) => plainName(one.name) === plainName(name))?.name ?? name
}
