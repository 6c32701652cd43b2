import type { Check, Column, ForeignKey, Index, PrimaryKey, Table } from './schema'

/**
 * One step of a revision. Together with its reverse it says all that both directions need. `fill` is
 * an SQL expression: what rows get that have no value where one is required from now on.
 */
export type Operation =
  | { readonly op: 'createTable'; readonly table: Table }
  | { readonly op: 'dropTable'; readonly table: Table }
  | { readonly op: 'renameTable'; readonly from: string; readonly to: string }
  | {
      readonly op: 'commentTable'
      readonly table: string
      readonly from: string | null
      readonly to: string | null
    }
  | {
      readonly op: 'addColumn'
      readonly table: string
      readonly column: Column
      readonly fill?: string
    }
  | { readonly op: 'dropColumn'; readonly table: string; readonly column: Column }
  | {
      readonly op: 'renameColumn'
      readonly table: string
      readonly from: string
      readonly to: string
    }
  | {
      readonly op: 'alterColumn'
      readonly table: string
      readonly from: Column
      readonly to: Column
      readonly fill?: string
    }
  | { readonly op: 'addPrimaryKey'; readonly table: string; readonly key: PrimaryKey }
  | { readonly op: 'dropPrimaryKey'; readonly table: string; readonly key: PrimaryKey }
  | { readonly op: 'addIndex'; readonly table: string; readonly index: Index }
  | { readonly op: 'dropIndex'; readonly table: string; readonly index: Index }
  | { readonly op: 'addForeignKey'; readonly table: string; readonly key: ForeignKey }
  | { readonly op: 'dropForeignKey'; readonly table: string; readonly key: ForeignKey }
  | { readonly op: 'addCheck'; readonly table: string; readonly check: Check }
  | { readonly op: 'dropCheck'; readonly table: string; readonly check: Check }

/** An operation on tables that exist and go on to exist. */
export type Change = Exclude<Operation, { op: 'createTable' | 'dropTable' }>

const opposites = {
  createTable: 'dropTable',
  dropTable: 'createTable',
  addColumn: 'dropColumn',
  dropColumn: 'addColumn',
  addPrimaryKey: 'dropPrimaryKey',
  dropPrimaryKey: 'addPrimaryKey',
  addIndex: 'dropIndex',
  dropIndex: 'addIndex',
  addForeignKey: 'dropForeignKey',
  dropForeignKey: 'addForeignKey',
  addCheck: 'dropCheck',
  dropCheck: 'addCheck',
} as const

/** The operation that undoes this one. */
export function reverse(operation: Operation): Operation {
  const { fill: _, ...others } = operation as Operation & { fill?: string }
  if ('from' in others) return { ...others, from: others.to, to: others.from } as Operation
  return { ...others, op: opposites[others.op] } as Operation
}

/** What undoes all of them: the reverse of each, the last first. */
export function reversed(operations: readonly Operation[]): Operation[] {
  return operations.map(reverse).reverse()
}

/** The table that an operation changes, by the name that it has before. */
export function tableOf(operation: Operation): string {
  if (operation.op === 'renameTable') return operation.from
  return typeof operation.table === 'string' ? operation.table : operation.table.name
}
