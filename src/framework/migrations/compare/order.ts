import type { Operation } from '../operations'

/**
 * What is dropped makes way for what changes, and what is added finds it changed. SQLite takes all
 * that is between new tables and dropped ones together, so that it builds each table anew once.
 */
const order: readonly Operation['op'][] = [
  'renameTable',
  'createTable',
  'dropForeignKey',
  'dropCheck',
  'dropIndex',
  'dropPrimaryKey',
  'renameColumn',
  'commentTable',
  'addColumn',
  'alterColumn',
  'dropColumn',
  'addPrimaryKey',
  'addIndex',
  'addCheck',
  'addForeignKey',
  'dropTable',
]

/** Whether an operation finds columns by the names that they had. */
export function isBeforeRenames({ op }: Operation): boolean {
  return order.indexOf(op) < order.indexOf('renameColumn')
}

/** Operations of one kind stay in the order in which they come. */
export function ordered(operations: readonly Operation[]): Operation[] {
  return order.flatMap((op) => operations.filter((operation) => operation.op === op))
}
