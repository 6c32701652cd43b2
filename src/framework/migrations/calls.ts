import type { Knex } from 'knex'
import { isNumeric, type Value, valueOfDefault } from './defaults'
import { tokenize } from './dialects/tokens'
import type { Check, Column, ForeignKey, Index, Table } from './schema'
import { knexColumn, typeParts } from './types'

/** A call of one of Knex's builders. What has `sql` among its arguments is given as `knex.raw`. */
export interface Call {
  readonly method: string
  readonly args: readonly (unknown | Value)[]
}

/** Calls one after another on what the one before returned, as in `table.string('a').notNullable()`. */
export type Chain = readonly Call[]

/**
 * What builds a table with `knex.schema.createTable`: the same for the file that is written, for
 * `createAll` and for the scratch place in which declared tables are tried.
 */
export function tableCalls(table: Table): Chain[] {
  const { primaryKey, columns, comment } = table
  const counted = columns.find((column) => isCounted(column, table))
  const chains = columns.map((column) => columnCalls(column, column === counted))
  if (primaryKey && !counted) {
    chains.push([{ method: 'primary', args: named(primaryKey.columns, primaryKey.name) }])
  }
  chains.push(...table.indexes.filter(isPlainIndex).map((index) => [indexCall(index)]))
  chains.push(...table.foreignKeys.map(foreignCalls))
  chains.push(...table.checks.map((check) => [checkCall(check)]))
  if (comment !== null) chains.push([{ method: 'comment', args: [comment] }])
  return chains
}

/** Whether Knex's `increments` makes the column and with it the primary key. */
function isCounted({ name, type, autoIncrement }: Column, { primaryKey }: Table): boolean {
  const isKey = primaryKey?.columns.length === 1 && primaryKey.columns[0] === name
  return autoIncrement && isKey && /^(integer|bigint)( unsigned)?$/.test(type)
}

function columnCalls(column: Column, counted: boolean): Call[] {
  const { name, type, nullable, comment } = column
  const said = comment === null ? [] : [{ method: 'comment', args: [comment] }]
  if (column.autoIncrement) {
    const method = type.startsWith('bigint') ? 'bigIncrements' : 'increments'
    const options = counted ? [] : [{ primaryKey: false }]
    return [{ method, args: [name, ...options] }, ...said]
  }
  // Knex leaves out the default of a text on MariaDB, unless it does not know that it is one.
  const isText = type === 'text' && column.default !== null
  const { method, args } = isText ? { method: 'specificType', args: [type] } : knexColumn(type)
  const calls: Call[] = [{ method, args: [name, ...args] }]
  if (type.endsWith(' unsigned')) calls.push({ method: 'unsigned', args: [] })
  if (!nullable) calls.push({ method: 'notNullable', args: [] })
  if (column.default !== null)
    calls.push({
      method: 'defaultTo',
      args: [isText ? { sql: `(${column.default})` } : defaultValue(type, column.default)],
    })
  return [...calls, ...said]
}

/** What Knex writes as the column's type would; else it puts a number into quotes, or makes 1 of true. */
function defaultValue(type: string, sql: string): Value {
  const value = valueOfDefault(sql)
  const { name } = typeParts(type) ?? {}
  const isAlike =
    typeof value === 'number' ? isNumeric(name) : typeof value !== 'boolean' || name === 'boolean'
  return isAlike ? value : { sql }
}

/**
 * Whether Knex's builder of a table makes an index rightly on every database: it knows no descending
 * ones, and leaves out conditions on MariaDB. The others are added to the table that it made.
 */
export function isPlainIndex({ columns, where }: Index): boolean {
  return where === null && columns.every((one) => !one.descending && /^[^()]+$/.test(one.name))
}

function indexCall({ name, columns, unique }: Index): Call {
  const names = columns.map((column) => column.name)
  return unique
    ? { method: 'unique', args: [names, { indexName: name }] }
    : { method: 'index', args: [names, name] }
}

/** Quoted names are given apart, since each database has quotes of its own; so is what is escaped. */
function checkCall({ name, expression }: Check): Call {
  const bindings: string[] = []
  const sql = tokenize(expression).reduceRight((text, { kind, value, start, end }) => {
    // PostgreSQL has square brackets around other things.
    const isName = kind === 'name' && expression[start] !== '['
    const isText = kind === 'text' && /[?\\]/.test(value)
    if (isName || isText) bindings.unshift(value)
    const said = isText ? '?' : expression.slice(start, end).replaceAll('?', '\\?')
    return text.slice(0, start) + (isName ? '??' : said) + text.slice(end)
  }, expression)
  return { method: 'check', args: [sql, bindings, ...(name === null ? [] : [name])] }
}

function foreignCalls(key: ForeignKey): Call[] {
  const calls: Call[] = [
    { method: 'foreign', args: named(key.columns, key.name) },
    { method: 'references', args: [key.references] },
    { method: 'inTable', args: [key.table] },
  ]
  if (key.onDelete !== 'no action') calls.push({ method: 'onDelete', args: [key.onDelete] })
  if (key.onUpdate !== 'no action') calls.push({ method: 'onUpdate', args: [key.onUpdate] })
  return calls
}

function named(columns: readonly string[], name: string | null): unknown[] {
  return name === null ? [columns] : [columns, name]
}

type Chainable = Record<string, (...args: unknown[]) => Chainable>

/** The builder of a table, with these calls on it. */
export function createTable(knex: Knex, table: Table): Knex.SchemaBuilder {
  return knex.schema.createTable(table.name, (builder) => {
    for (const chain of tableCalls(table)) {
      chain.reduce(
        (on, { method, args }) => call(on, method, given(knex, method, args)),
        builder as unknown as Chainable,
      )
    }
  })
}

function call(on: Chainable, method: string, args: unknown[]): Chainable {
  return (on[method] as Chainable[string]).apply(on, args)
}

/** The arguments as Knex takes them on this database. */
function given(knex: Knex, method: string, args: readonly unknown[]): unknown[] {
  // Knex puts the name of a check into its SQL without quotes.
  const quoted = (name: unknown) => knex.ref(String(name)).toQuery()
  if (method === 'check') return args.map((arg, at) => (at === 2 ? quoted(arg) : arg))
  return args.map((arg) => {
    const { sql } = (arg ?? {}) as { sql?: unknown }
    if (typeof sql !== 'string') return arg
    // There a backslash escapes.
    return knex.raw(knex.client.driverName === 'mysql2' ? sql.replaceAll('\\', '\\\\') : sql)
  })
}
