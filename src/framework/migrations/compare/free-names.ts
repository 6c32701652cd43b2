import type { Operation } from '../operations'
import type { Table } from '../schema'

type Named = { readonly name: string | null }

/**
 * The same operations with other names where a name is taken: indexes keep theirs when their table
 * gets another one.
 *
 * @param tables as they are before, by their new names
 */
export function withFreeNames(
  operations: readonly Operation[],
  tables: readonly Table[],
): Operation[] {
  const taken = new Set(tables.flatMap(namesIn))
  const dropped = new Set(operations.flatMap(droppedName))
  const free = <T extends Named>(item: T, isGone = (_: string) => false): T => {
    let { name } = item
    for (let count = 2; name !== null && taken.has(name) && !isGone(name); count += 1) {
      name = `${item.name?.slice(0, longest)}_${count}`
    }
    return { ...item, name }
  }
  return operations.map((operation) => {
    const { op } = operation
    const isGone = (name: string) => dropped.has(name)
    if (op === 'createTable') return { op, table: withNames(operation.table, free) }
    if (op === 'addIndex') return { ...operation, index: free(operation.index, isGone) }
    if (op === 'addForeignKey') return { ...operation, key: free(operation.key, isGone) }
    if (op === 'addCheck') return { ...operation, check: free(operation.check, isGone) }
    if (op === 'addPrimaryKey') return { ...operation, key: free(operation.key, isGone) }
    return operation
  })
}

// Room for what is appended, in a name of at most 63 bytes.
const longest = 60

function namesIn({ primaryKey, indexes, foreignKeys, checks }: Table): string[] {
  const all: Named[] = [...indexes, ...foreignKeys, ...checks, ...(primaryKey ? [primaryKey] : [])]
  return all.flatMap(({ name }) => name ?? [])
}

function droppedName(operation: Operation): string[] {
  if (operation.op === 'dropIndex') return [operation.index.name]
  if (operation.op === 'dropCheck') return [operation.check.name ?? '']
  const isKey = operation.op === 'dropForeignKey' || operation.op === 'dropPrimaryKey'
  return isKey ? [operation.key.name ?? ''] : []
}

function withNames(table: Table, free: <T extends Named>(item: T) => T): Table {
  return {
    ...table,
    primaryKey: table.primaryKey && free(table.primaryKey),
    indexes: table.indexes.map((item) => free(item)),
    foreignKeys: table.foreignKeys.map((item) => free(item)),
    checks: table.checks.map((item) => free(item)),
  }
}
