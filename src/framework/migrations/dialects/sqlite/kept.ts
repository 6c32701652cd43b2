import type { Column, Table } from '../../schema'
import { type Draft, readParts } from '../ddl'

/** How columns and constraints that stay are written, by what they are. Those within another are ''. */
export type Kept = ReadonlyMap<object, string>

/**
 * Finds how a table's own statement writes what a change leaves as it is: so it keeps all that a
 * schema does not know, as the clauses and the types of SQLite alone.
 *
 * @param sql the statement that made the table
 * @param before what it made, in the order of the statement
 */
export function keptTexts(sql: string, before: Table, after: Table): Kept {
  const left = {
    columns: [...before.columns],
    indexes: before.indexes.filter(({ constraint }) => constraint),
    foreignKeys: [...before.foreignKeys],
    checks: [...before.checks],
  }
  const stay = new Set<object>([
    ...after.columns,
    ...after.indexes,
    ...after.foreignKeys,
    ...after.checks,
    ...(after.primaryKey ? [after.primaryKey] : []),
  ])
  const kept = new Map<object, string>()
  for (const { text, said } of readParts(sql)) {
    const key = said.primaryKey && before.primaryKey ? [before.primaryKey] : []
    const items = [...taken(left, said), ...key]
    if (!items.every((item) => stay.has(item))) continue
    for (const [at, item] of items.entries()) kept.set(item, at === 0 ? text : '')
  }
  return kept
}

type Left = { [kind in 'columns' | 'indexes' | 'foreignKeys' | 'checks']: object[] }

/** The items of a table that a part of its statement said, columns first. */
function taken(left: Left, said: Draft): object[] {
  return [
    ...left.columns.splice(0, said.columns.length),
    ...left.indexes.splice(0, said.indexes.length),
    ...left.foreignKeys.splice(0, said.foreignKeys.length),
    ...left.checks.splice(0, said.checks.length),
  ]
}

/** The columns as their table's own statement writes their types, where those stay. */
export function inOwnWords(columns: readonly Column[], sql: string, before: Table): Column[] {
  const written = readParts(sql).flatMap(({ said }) => said.columns)
  return columns.map((column) => {
    const at = before.columns.findIndex(({ name }) => name === column.name)
    const had = before.columns[at]
    const isKept = had === column || had?.type !== column.type
    return isKept ? column : { ...column, type: written[at]?.type ?? column.type }
  })
}
