import { renameColumn } from '../apply'
import type { Operation } from '../operations'
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
): { tables: Table[]; operations: Operation[] } {
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

function withNewTable(tables: readonly Table[], from: string, to: string): Table[] {
  const one = (name: string) => (name === from ? to : name)
  return tables.map((table) => ({
    ...table,
    name: one(table.name),
    foreignKeys: table.foreignKeys.map((key) => ({ ...key, table: one(key.table) })),
  }))
}

function withNewColumn(tables: readonly Table[], name: string, from: string, to: string): Table[] {
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
