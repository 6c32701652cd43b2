import { type Token, tokenize } from './dialects/tokens'
import type { Change } from './operations'
import type { Check, ForeignKey, Index, Table } from './schema'

/** The table as it is after a change. @throws Error when it lacks what is to be changed */
export function apply(table: Table, change: Change): Table {
  if ('key' in change) return applyKey(table, change)
  switch (change.op) {
    case 'renameTable':
      return { ...table, name: change.to }
    case 'commentTable':
      return { ...table, comment: change.to }
    case 'addColumn':
      return { ...table, columns: [...table.columns, change.column] }
    case 'dropColumn':
      return { ...table, columns: without(table, table.columns, named(change.column.name)) }
    case 'renameColumn':
      return renameColumn(table, change.from, change.to)
    case 'alterColumn':
      return alterColumn(table, change)
    case 'addIndex':
      return { ...table, indexes: [...table.indexes, change.index] }
    case 'dropIndex':
      return { ...table, indexes: without(table, table.indexes, sameIndex(change.index)) }
    case 'addCheck':
      return { ...table, checks: [...table.checks, change.check] }
    case 'dropCheck':
      return { ...table, checks: without(table, table.checks, sameCheck(change.check)) }
  }
}

function applyKey(table: Table, change: Extract<Change, { key: object }>): Table {
  const { primaryKey, foreignKeys } = table
  switch (change.op) {
    case 'addPrimaryKey':
      if (primaryKey) throw unexpected(table)
      return { ...table, primaryKey: change.key }
    case 'dropPrimaryKey':
      if (!primaryKey) throw unexpected(table)
      return { ...table, primaryKey: null }
    case 'addForeignKey':
      return { ...table, foreignKeys: [...foreignKeys, change.key] }
    case 'dropForeignKey':
      return { ...table, foreignKeys: without(table, foreignKeys, sameKey(change.key)) }
  }
}

/** Several changes, one after another. */
export function applyAll(table: Table, changes: readonly Change[]): Table {
  return changes.reduce(apply, table)
}

type Test<T> = (item: T) => boolean

function named(name: string): Test<{ name: string }> {
  return (item) => item.name === name
}

/** Known by its name and by what it is. One of a constraint may have had no name of its own. */
export function sameIndex(index: Index): Test<Index> {
  return (other) =>
    (other.name === index.name || other.constraint === true) &&
    indexShape(other) === indexShape(index)
}

export function sameKey(key: ForeignKey): Test<ForeignKey> {
  return (other) => (other.name ?? key.name) === key.name && keyShape(other) === keyShape(key)
}

export function sameCheck(check: Check): Test<Check> {
  return (other) =>
    other.name && check.name
      ? other.name === check.name
      : plain(other.expression) === plain(check.expression)
}

/** What an index is, whatever its name. */
export function indexShape({ columns, unique, where }: Index): string {
  const ordered = columns.map(({ name, descending }) => [name, descending])
  return JSON.stringify([ordered, unique, where === null ? null : plain(where)])
}

/** What a foreign key is, whatever its name. */
export function keyShape({ columns, table, references, onDelete, onUpdate }: ForeignKey): string {
  return JSON.stringify([columns, table, references, onDelete, onUpdate])
}

/** An expression without differences of space, quotes and case that mean nothing. */
export function plain(expression: string): string {
  const tokens = tokenize(expression.replaceAll(textCast, ''))
  return tokens.map(({ kind, value }) => (kind === 'text' ? `'${value}'` : value)).join(' ')
}

// PostgreSQL says that a text is one, in another way each time it reads what it said itself.
const textCast = /::(character varying|text)(\[\])?/g

function without<T>(table: Table, items: readonly T[], test: Test<T>): T[] {
  const at = items.findIndex(test)
  if (at < 0) throw unexpected(table)
  return items.filter((_, other) => other !== at)
}

function unexpected({ name }: Table): Error {
  return new Error(`The table ${name} is not as this migration expects it.`)
}

function alterColumn(table: Table, change: Extract<Change, { op: 'alterColumn' }>): Table {
  const { name } = change.from
  if (!table.columns.some(named(name))) throw unexpected(table)
  const columns = table.columns.map((column) =>
    column.name === name ? { ...column, ...change.to } : column,
  )
  return { ...table, columns }
}

/** With everything of the table that names the column. */
export function renameColumn(table: Table, from: string, to: string): Table {
  const one = (name: string) => (name === from ? to : name)
  const all = (names: readonly string[]) => names.map(one)
  const primaryKey = table.primaryKey && {
    ...table.primaryKey,
    columns: all(table.primaryKey.columns),
  }
  return {
    ...table,
    columns: table.columns.map((column) => ({ ...column, name: one(column.name) })),
    primaryKey,
    indexes: table.indexes.map((index) => ({
      ...index,
      columns: index.columns.map(({ name, descending }) => ({
        name: name.startsWith('(') ? renamedIn(name, from, to) : one(name),
        descending,
      })),
      where: index.where === null ? null : renamedIn(index.where, from, to),
    })),
    foreignKeys: table.foreignKeys.map((key) => ({
      ...key,
      columns: all(key.columns),
      references: key.table === table.name ? all(key.references) : key.references,
    })),
    checks: table.checks.map((check) => ({
      ...check,
      expression: renamedIn(check.expression, from, to),
    })),
  }
}

/** The expression with another name for a column. What is called, or cast to, is no column. */
export function renamedIn(expression: string, from: string, to: string): string {
  const tokens = tokenize(expression)
  const isColumn = ({ kind, value }: Token, at: number) =>
    kind === 'name'
      ? value === from
      : kind === 'word' &&
        value === from.toLowerCase() &&
        tokens[at + 1]?.value !== '(' &&
        tokens[at - 1]?.value !== ':'
  // What is in square brackets stays there: for PostgreSQL they are no quotes.
  const quoted = (before: string | undefined) =>
    before === '[' ? `[${to}]` : `"${to.replaceAll('"', '""')}"`
  return tokens
    .filter(isColumn)
    .reduceRight(
      (text, { start, end }) => text.slice(0, start) + quoted(text[start]) + text.slice(end),
      expression,
    )
}
