import { defaultOf } from './defaults'
import type { Operation } from './operations'
import type { Column } from './schema'
import { typeParts } from './types'

/** What `down` cannot bring back, a sentence each. */
export function lost(up: readonly Operation[]): string[] {
  return up.flatMap((operation) => {
    if (operation.op === 'dropTable')
      return `down cannot restore the rows of '${operation.table.name}'.`
    if (operation.op !== 'dropColumn') return []
    return `down cannot restore the values of '${operation.table}.${operation.column.name}'.`
  })
}

/** The same operations, with values for the rows that have none where one is required. */
export function completed(operations: readonly Operation[]): Operation[] {
  return operations.map((operation) => {
    if (operation.op === 'addColumn') return { ...operation, ...fillOf(operation.column, true) }
    if (operation.op !== 'alterColumn') return operation
    return { ...operation, ...fillOf(operation.to, operation.from.nullable) }
  })
}

function fillOf(column: Column, wasAbsent: boolean): { fill?: string } {
  const { nullable, autoIncrement, extra } = column
  if (!wasAbsent || nullable || autoIncrement || extra) return {}
  return { fill: column.default ?? nothing(column.type) }
}

/** The value of a type that says least. */
function nothing(type: string): string {
  const { name } = typeParts(type) ?? { name: '' }
  const values: Readonly<Record<string, unknown>> = {
    integer: 0,
    bigint: 0,
    double: 0,
    decimal: 0,
    boolean: false,
    json: {},
    date: '1970-01-01',
    datetime: '1970-01-01 00:00:00',
    time: '00:00:00',
    uuid: '00000000-0000-0000-0000-000000000000',
  }
  return defaultOf(values[name] ?? '')
}
