import { renameColumn } from '../apply'
import { type Change, type Operation, tableOf } from '../operations'
import type { Table } from '../schema'

/** What has another name than before. */
export interface Renames {
  readonly tables: readonly Rename[]
  /** `table` is its new name. */
  readonly columns: readonly (Rename & { readonly table: string })[]
}

export interface Rename {
  readonly from: string
  readonly to: string
}

/** The tables as they are after the renames, and the operations that do so. */
export function withNewNames(
  found: readonly Table[],
  renames: Renames,
): { tables: Table[]; operations: RenameOperation[] } {
  let tables = [...found]
  for (const { from, to } of renames.tables) tables = withNewTable(tables, from, to)
  for (const { table, from, to } of renames.columns) {
    tables = withNewColumn(tables, table, from, to)
  }
  return {
    tables,
    operations: [
      ...renames.tables.map((rename) => ({ op: 'renameTable' as const, ...rename })),
      ...renames.columns.map((rename) => ({ op: 'renameColumn' as const, ...rename })),
    ],
  }
}

/** With everything in other tables that names the table. */
export function withNewTable(tables: readonly Table[], from: string, to: string): Table[] {
  const one = (name: string) => (name === from ? to : name)
  return tables.map((table) => ({
    ...table,
    name: one(table.name),
    foreignKeys: table.foreignKeys.map((key) => ({ ...key, table: one(key.table) })),
  }))
}

/** With everything in all tables that names the column. */
export function withNewColumn(
  tables: readonly Table[],
  name: string,
  from: string,
  to: string,
): Table[] {
  return tables.map((table) => {
    if (table.name === name) return renameColumn(table, from, to)
    const foreignKeys = table.foreignKeys.map((key) => ({
      ...key,
      references:
        key.table === name
          ? key.references.map((one) => (one === from ? to : one))
          : key.references,
    }))
    return { ...table, foreignKeys }
  })
}

export type RenameOperation = Extract<Operation, { op: 'renameTable' | 'renameColumn' }>

/** The same change to tables of which one, or a column of one, has another name. */
export function renamed(change: Change, rename: RenameOperation): Change {
  const before = holding(change)
  const [after = before] =
    rename.op === 'renameTable'
      ? withNewTable([before], rename.from, rename.to)
      : withNewColumn([before], rename.table, rename.from, rename.to)
  return { ...change, ...heldBy(after, change), table: after.name } as Change
}

/** A table that has only what a change is about. */
function holding(change: Change): Table {
  const none = { columns: [], primaryKey: null, indexes: [], foreignKeys: [], checks: [] }
  const table = { ...none, name: tableOf(change), comment: null }
  if (change.op === 'alterColumn') return { ...table, columns: [change.from, change.to] }
  if ('column' in change) return { ...table, columns: [change.column] }
  if ('index' in change) return { ...table, indexes: [change.index] }
  if ('check' in change) return { ...table, checks: [change.check] }
  if (!('key' in change)) return table
  return 'references' in change.key
    ? { ...table, foreignKeys: [change.key] }
    : { ...table, primaryKey: change.key }
}

function heldBy(
  { columns, indexes, checks, foreignKeys, primaryKey }: Table,
  change: Change,
): object {
  const [column, other] = columns
  if (change.op === 'alterColumn') return { from: column, to: other }
  if ('column' in change) return { column }
  if ('index' in change) return { index: indexes[0] }
  if ('check' in change) return { check: checks[0] }
  return 'key' in change ? { key: foreignKeys[0] ?? primaryKey } : {}
}
