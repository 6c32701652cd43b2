import { tokenize } from './dialects/tokens'
import type { Change } from './operations'
import type { Check, ForeignKey, Index, Table } from './schema'

/** The table as it is after a change. @throws Error when it lacks what is to be changed */
export function apply(table: Table, change: Change): Table {
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
    case 'addPrimaryKey':
      return { ...table, primaryKey: change.key }
    case 'dropPrimaryKey':
      return { ...table, primaryKey: null }
    case 'addIndex':
      return { ...table, indexes: [...table.indexes, change.index] }
    case 'dropIndex':
      return { ...table, indexes: without(table, table.indexes, sameIndex(change.index)) }
    case 'addForeignKey':
      return { ...table, foreignKeys: [...table.foreignKeys, change.key] }
    case 'dropForeignKey':
      return { ...table, foreignKeys: without(table, table.foreignKeys, sameKey(change.key)) }
    case 'addCheck':
      return { ...table, checks: [...table.checks, change.check] }
    case 'dropCheck':
      return { ...table, checks: without(table, table.checks, sameCheck(change.check)) }
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

/** Known by its name, or by what it is where its database gave it none, or another. */
export function sameIndex(index: Index): Test<Index> {
  return (other) => other.name === index.name && indexShape(other) === indexShape(index)
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
  const tokens = tokenize(expression)
  return tokens.map(({ kind, value }) => (kind === 'text' ? `'${value}'` : value)).join(' ')
}

function without<T>(table: Table, items: readonly T[], test: Test<T>): T[] {
  const at = items.findIndex(test)
  if (at < 0) throw new Error(`The table ${table.name} is not as this migration expects it.`)
  return items.filter((_, other) => other !== at)
}

function alterColumn(table: Table, change: Extract<Change, { op: 'alterColumn' }>): Table {
  const { name } = change.from
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
      columns: index.columns.map((column) => ({ ...column, name: one(column.name) })),
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

/** The expression with another name for a column. */
function renamedIn(expression: string, from: string, to: string): string {
  const named = tokenize(expression).filter(
    ({ kind, value }) =>
      (kind === 'name' && value === from) || (kind === 'word' && value === from.toLowerCase()),
  )
  return named.reduceRight(
    (text, { kind, start, end }) =>
      text.slice(0, start) + (kind === 'word' ? to : quotedAs(text[start], to)) + text.slice(end),
    expression,
  )
}

function quotedAs(quote: string | undefined, name: string): string {
  return `${quote}${name}${quote === '[' ? ']' : quote}`
}
