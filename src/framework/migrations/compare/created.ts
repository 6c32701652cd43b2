import { isPlainIndex } from '../calls'
import { literalText } from '../defaults'
import { type Operation, tableOf } from '../operations'
import type { Check, Column, ForeignKey, Table } from '../schema'

/**
 * The operations that create tables, each after those that it refers to. What closes a circle, or
 * refers to what this revision changes, is added afterwards; so is what Knex cannot say.
 *
 * @param changes what else the revision does
 * @param others tables that are there
 */
export function createdTables(
  tables: readonly Table[],
  changes: readonly Operation[],
  others: readonly Table[],
): Operation[] {
  const changed = new Set(changes.flatMap((one) => [tableOf(one), ...newName(one)]))
  const sorted = byReference(tables)
  return sorted.flatMap((table, at) => {
    const before = sorted.slice(0, at + 1).map(({ name }) => name)
    const isThere = ({ table: to }: ForeignKey) =>
      before.includes(to) || (others.some(({ name }) => name === to) && !changed.has(to))
    const foreignKeys = table.foreignKeys.filter(isThere)
    const indexes = table.indexes.filter(isPlainIndex)
    const { said, later } = sayable(table)
    return [
      { op: 'createTable' as const, table: { ...said, foreignKeys, indexes } },
      ...later,
      ...table.indexes
        .filter((index) => !isPlainIndex(index))
        .map((index) => ({ op: 'addIndex' as const, table: table.name, index })),
      ...table.foreignKeys
        .filter((key) => !isThere(key))
        .map((key) => ({ op: 'addForeignKey' as const, table: table.name, key })),
    ]
  })
}

/** What Knex's builder of a table says wrongly on one database or another is said afterwards. */
function sayable(table: Table): { said: Table; later: Operation[] } {
  const columns = table.columns.map((one) => ({
    ...one,
    default: isOddDefault(one) ? null : one.default,
    comment: isOddComment(one.comment) ? null : one.comment,
  }))
  const comment = isOddComment(table.comment) ? null : table.comment
  const later = columns.flatMap((from, at): Operation[] => {
    const to = table.columns[at] as Column
    const isSaid = from.default === to.default && from.comment === to.comment
    return isSaid ? [] : [{ op: 'alterColumn', table: table.name, from, to }]
  })
  if (comment !== table.comment) {
    later.push({ op: 'commentTable', table: table.name, from: null, to: table.comment })
  }
  for (const check of table.checks.filter(isOddCheck)) {
    later.push({ op: 'addCheck', table: table.name, check })
  }
  const checks = table.checks.filter((check) => !isOddCheck(check))
  return { said: { ...table, columns, checks, comment }, later }
}

/** Knex takes a question mark for a value, and knows no expression as default of JSON. */
function isOddDefault({ type, default: value }: Column): boolean {
  if (value === null) return false
  // The default of a text is given to Knex as an expression, in which it escapes nothing.
  const isEscaped = type === 'text' && value.includes('\\')
  return isEscaped || value.includes('?') || (type === 'json' && literalText(value) === undefined)
}

/** Nor does Knex put the name of a check into quotes. */
function isOddCheck({ name, expression }: Check): boolean {
  return expression.includes('?') || !/^[\p{Ll}_][\p{Ll}\p{N}_]*$/u.test(name ?? '_')
}

/** Knex does not escape a comment. */
function isOddComment(comment: string | null): boolean {
  return comment !== null && /['\\]/.test(comment)
}

function newName(operation: Operation): string[] {
  return operation.op === 'renameTable' ? [operation.to] : []
}

/** Each after the tables that it refers to, as far as there are no circles; else by name. */
function byReference(tables: readonly Table[]): Table[] {
  const sorted: Table[] = []
  const left = [...tables].sort((one, other) => (one.name < other.name ? -1 : 1))
  const names = new Set(left.map(({ name }) => name))
  const waits = (table: Table) =>
    table.foreignKeys.some((key) => key.table !== table.name && names.has(key.table))
  while (left.length > 0) {
    const next = Math.max(
      left.findIndex((table) => !waits(table)),
      0,
    )
    const [table] = left.splice(next, 1) as [Table]
    names.delete(table.name)
    sorted.push(table)
  }
  return sorted
}
