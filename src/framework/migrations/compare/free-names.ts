import { numbered } from '../names'
import type { Operation } from '../operations'
import type { Table } from '../schema'

type Named = { readonly name: string | null }

/**
 * The same operations with other names where a name is taken: indexes keep theirs when their table
 * gets another one.
 *
 * @param operations in the order in which they are done
 * @param tables as they are before, by their new names
 */
export function withFreeNames(
  operations: readonly Operation[],
  tables: readonly Table[],
): Operation[] {
  const names = new Names()
  for (const table of tables) withNames(table, (item) => names.take(item))
  for (const one of operations) if (one.op === 'createTable') names.take(one.table)
  const free = <T extends Named>(item: T): T => names.free(item)
  return operations.map((operation) => {
    switch (operation.op) {
      case 'createTable':
        return { ...operation, table: withNames(operation.table, free) }
      case 'addIndex':
        return { ...operation, index: free(operation.index) }
      case 'addCheck':
        return { ...operation, check: free(operation.check) }
      case 'addPrimaryKey':
        return { ...operation, key: free(operation.key) }
      case 'addForeignKey':
        return { ...operation, key: free(operation.key) }
      default:
        names.leave(operation)
        return operation
    }
  })
}

/** The same table with all that has a name in it as `change` returns it. */
export function withNames(table: Table, change: <T extends Named>(item: T) => T): Table {
  return {
    ...table,
    primaryKey: table.primaryKey && change(table.primaryKey),
    indexes: table.indexes.map((item) => change(item)),
    foreignKeys: table.foreignKeys.map((item) => change(item)),
    checks: table.checks.map((item) => change(item)),
  }
}

/** The names that are taken in a database, whatever their case. */
export class Names {
  readonly #taken = new Set<string>()

  take<T extends Named>(item: T): T {
    if (item.name !== null) this.#taken.add(item.name.toLowerCase())
    return item
  }

  /** The item under a name that was free, and is taken now. */
  free<T extends Named>(item: T): T {
    let { name } = item
    for (let count = 2; name !== null && this.#taken.has(name.toLowerCase()); count += 1) {
      name = numbered(item.name ?? '', count)
    }
    return this.take({ ...item, name })
  }

  /** What is dropped leaves its name to others. */
  leave(operation: Operation): void {
    const item = dropped(operation)
    if (item?.name) this.#taken.delete(item.name.toLowerCase())
  }
}

function dropped(operation: Operation): Named | undefined {
  if (operation.op === 'dropIndex') return operation.index
  if (operation.op === 'dropCheck') return operation.check
  const isKey = operation.op === 'dropForeignKey' || operation.op === 'dropPrimaryKey'
  return isKey ? operation.key : undefined
}
