import type { Column, ForeignKey, Index, PrimaryKey, Table } from '../../schema'
import { typeParts } from '../../types'
import type { Kept } from './kept'

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

/**
 * The statement that makes a table with all that it has, but for indexes that stand apart.
 *
 * @param kept how columns and constraints are written that are to be written as they were
 */
export function createSql(table: Table, kept: Kept = new Map()): string {
  const { columns, primaryKey, indexes, foreignKeys, checks } = table
  const counted = columns.find((column) => isCounted(column, primaryKey))
  const keys = primaryKey && !counted ? [primaryKey] : []
  const say = <T extends object>(items: readonly T[], write: (item: T) => string) =>
    items.map((item) => kept.get(item) ?? write(item))
  const parts = [
    ...say(columns, (column) => columnSql(column, column === counted)),
    ...say(keys, (key) => `${constraint(key)}primary key (${list(key.columns)})`),
    ...say(
      indexes.filter((index) => index.constraint),
      (index) => `${constraint(index)}unique (${index.columns.map(indexColumn).join(', ')})`,
    ),
    ...say(foreignKeys, foreignSql),
    ...say(checks, (check) => `${constraint(check)}check (${check.expression})`),
  ].filter((part) => part !== '')
  return `create table ${quote(table.name)} (${parts.join(', ')}) ${table.extra ?? ''}`.trim()
}

/** SQLite counts only what is the whole primary key. */
function isCounted({ name, autoIncrement }: Column, key: PrimaryKey | null): boolean {
  return autoIncrement && key?.columns.length === 1 && key.columns[0] === name
}

function constraint({ name }: { readonly name: string | null }): string {
  return name === null ? '' : `constraint ${quote(name)} `
}

function foreignSql(key: ForeignKey): string {
  const { columns, table, references, onDelete, onUpdate, extra } = key
  const target = `${quote(table)}${references.length > 0 ? ` (${list(references)})` : ''}`
  const actions = `on delete ${onDelete} on update ${onUpdate}`
  const words = `foreign key (${list(columns)}) references ${target} ${actions}`
  return `${constraint(key)}${words} ${extra ?? ''}`.trim()
}

/** The definition of a column, with the primary key when the database counts it. */
export function columnSql(column: Column, counted = false): string {
  // What SQLite counts is no bigint, but holds as much.
  const words = [quote(column.name), counted ? 'integer' : sqliteType(column.type)]
  if (!column.nullable) words.push('not null')
  if (counted) words.push('primary key autoincrement')
  if (column.default !== null) words.push(`default ${defaultSql(column.default)}`)
  if (column.extra) words.push(column.extra)
  return words.join(' ')
}

/** Whether the values of a column follow from others. */
export function isGenerated({ extra = '' }: Column): boolean {
  return /\bas\b/i.test(extra)
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
