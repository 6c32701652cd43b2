import type { Column, Index, Table } from '../../schema'
import { typeParts } from '../../types'

const written: Readonly<Record<string, string>> = {
  double: 'float',
  datetime: 'datetime',
  uuid: 'char(36)',
  binary: 'blob',
}

/** A column's type as Knex writes it on SQLite. */
export function sqliteType(type: string): string {
  const { name, args } = typeParts(type) ?? { name: '', args: [] }
  if (name === 'string') return `varchar(${args.join()})`
  return written[name] ?? type.replace(' unsigned', '')
}

/** A name as SQL takes it. */
export function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

export function list(names: readonly string[]): string {
  return names.map(quote).join(', ')
}

/** The statement that makes a table with all that it has, but for indexes that stand apart. */
export function createSql(table: Table): string {
  const { primaryKey } = table
  const parts = table.columns.map((column) => columnSql(column, column.autoIncrement))
  if (primaryKey && !table.columns.some((column) => column.autoIncrement)) {
    parts.push(`${constraint(primaryKey.name)}primary key (${list(primaryKey.columns)})`)
  }
  for (const { name, columns } of table.indexes.filter((index) => index.constraint)) {
    parts.push(`${constraint(name)}unique (${columns.map(indexColumn).join(', ')})`)
  }
  for (const { name, columns, ...to } of table.foreignKeys) {
    const references = to.references.length > 0 ? ` (${list(to.references)})` : ''
    const target = `references ${quote(to.table)}${references}`
    const actions = `on delete ${to.onDelete} on update ${to.onUpdate}`
    parts.push(`${constraint(name)}foreign key (${list(columns)}) ${target} ${actions}`)
  }
  for (const { name, expression } of table.checks) {
    parts.push(`${constraint(name)}check (${expression})`)
  }
  return `create table ${quote(table.name)} (${parts.join(', ')}) ${table.extra ?? ''}`.trim()
}

function constraint(name: string | null): string {
  return name === null ? '' : `constraint ${quote(name)} `
}

/** The definition of a column, with the primary key when the database counts it. */
export function columnSql(column: Column, counted = false): string {
  const words = [quote(column.name), sqliteType(column.type)]
  if (!column.nullable) words.push('not null')
  if (counted) words.push('primary key autoincrement')
  if (column.default !== null) words.push(`default ${defaultSql(column.default)}`)
  if (column.extra) words.push(column.extra)
  return words.join(' ')
}

function defaultSql(sql: string): string {
  return /^([+-]?[\w.]+|'(?:[^']|'')*')$/.test(sql) ? sql : `(${sql})`
}

function indexColumn({ name, descending }: Index['columns'][number]): string {
  return `${name.startsWith('(') ? name : quote(name)}${descending ? ' desc' : ''}`
}

export function indexSql(table: string, { name, columns, unique, where }: Index): string {
  const kind = unique ? 'unique index' : 'index'
  const on = `${quote(table)} (${columns.map(indexColumn).join(', ')})`
  return `create ${kind} ${quote(name)} on ${on}${where === null ? '' : ` where ${where}`}`
}
