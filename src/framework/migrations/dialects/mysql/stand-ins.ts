import type { Index, Table } from '../../schema'
import { list, quote } from './write'

/**
 * The index that a column has which is counted while it is in no key, since the server takes no
 * other: from when its key is dropped until it gets another, or goes.
 */
export const helper = '_counted'

/** What makes that index. @param column the one that is counted */
export function addHelper(column: string): string {
  return `add unique index ${quote(helper)} (${quote(column)})`
}

/** What drops it, when the table has it, and its column gets a key or is no longer counted. */
export function dropHelper(table: Table, column: string | undefined): string[] {
  const found = table.indexes.find(({ name }) => name === helper)
  return found && found.columns[0]?.name === column ? [`drop index ${quote(helper)}`] : []
}

/** Whether a key or an index of the table begins with these columns. */
export function isKey(table: Table, columns: readonly string[]): boolean {
  const lists = table.indexes.map((index) => index.columns.map(({ name }) => name))
  if (table.primaryKey) lists.push([...table.primaryKey.columns])
  return lists.some((names) => columns.every((name, at) => names[at] === name))
}

/**
 * What adds the indexes that a table cannot be without, but is: those of its foreign keys, each
 * named as the server would, and that of a column that is counted.
 */
export function standIns(table: Table): string[] {
  const parts: string[] = []
  let rest = table
  for (const { name, columns } of table.foreignKeys) {
    if (name === null || isKey(rest, columns)) continue
    parts.push(`add index ${quote(name)} (${list(columns)})`)
    rest = { ...rest, indexes: [...rest.indexes, indexOf(name, columns)] }
  }
  const counted = table.columns.find(({ autoIncrement }) => autoIncrement)
  if (counted && !isKey(table, [counted.name])) parts.push(addHelper(counted.name))
  return parts
}

function indexOf(name: string, columns: readonly string[]): Index {
  const ascending = columns.map((column) => ({ name: column, descending: false }))
  return { name, columns: ascending, unique: false, where: null }
}
