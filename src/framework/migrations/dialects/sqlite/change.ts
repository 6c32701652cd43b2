import type { Knex } from 'knex'
import { applyAll } from '../../apply'
import { type RenameOperation, renamed } from '../../compare/renames'
import { type Change, tableOf } from '../../operations'
import type { Table } from '../../schema'
import { type Dialect, execute } from '../dialect'
import { refuseBroken, workingDependents } from './dependents'
import { refuseEnforcedKeys } from './keys'
import { rebuild } from './rebuild'
import { columnSql, indexSql, quote } from './write'

type Reflect = Dialect['reflect']

/**
 * Changes tables on SQLite, which can add and rename by itself, and has to build a table anew for
 * anything else: once, whatever changes in it. Rows, indexes, triggers and the counter stay.
 *
 * @throws Error when foreign keys are enforced, since then a table cannot be built anew without
 *   losing the rows that refer to it
 * @throws Error when a view or a trigger would no longer work
 */
export async function performChanges(
  db: Knex,
  changes: readonly Change[],
  { reflect }: { reflect: Reflect },
): Promise<void> {
  if (changes.length > 0) await refuseEnforcedKeys(db)
  const working = await workingDependents(db)
  let waiting: Change[] = []
  const flush = async () => {
    const names = new Set(waiting.map(tableOf))
    for (const name of names) {
      const own = waiting.filter((change) => tableOf(change) === name)
      await changeTable(db, name, own, reflect)
    }
    waiting = []
  }
  for (const change of changes) {
    if (change.op === 'renameTable' || change.op === 'renameColumn') {
      if (waiting.some((other) => isInTheWay(other, change))) await flush()
      // What waits goes by the names that its table then has.
      waiting = waiting.map((other) => renamed(other, change))
      await execute(db, renameSql(change))
    } else if (change.op !== 'commentTable') waiting.push(change)
  }
  await flush()
  await refuseBroken(db, working)
}

function renameSql({ from, to, ...change }: RenameOperation): string {
  if (change.op === 'renameTable') return `alter table ${quote(from)} rename to ${quote(to)}`
  return `alter table ${quote(change.table)} rename column ${quote(from)} to ${quote(to)}`
}

/** Whether the rename is of a column that is not there yet, or to the name of one that still is. */
function isInTheWay(waiting: Change, { from, to, ...rename }: RenameOperation): boolean {
  if ('fill' in waiting) return true
  if (rename.op === 'renameTable' || rename.table !== tableOf(waiting)) return false
  if (waiting.op === 'addColumn') return waiting.column.name === from
  return waiting.op === 'dropColumn' && waiting.column.name === to
}

async function changeTable(
  db: Knex,
  name: string,
  changes: readonly Change[],
  reflect: Reflect,
): Promise<void> {
  const [before] = await reflect(db, [name])
  if (!before) throw new Error(`The table ${name} does not exist.`)
  const after = applyAll(before, changes)
  refuseNeeded(after)
  if (changes.some((change) => !isDirect(change, before))) {
    return rebuild(db, before, after, changes)
  }
  for (const change of changes) await execute(db, direct(name, change))
}

/** @throws Error when a column is gone that something needs */
function refuseNeeded({ name: table, columns, primaryKey, indexes, foreignKeys }: Table): void {
  const needs = [
    ...(primaryKey ? [{ ...primaryKey, what: 'primary key' }] : []),
    ...foreignKeys.map((key) => ({ ...key, what: 'foreign key' })),
    ...indexes.map((index) => ({
      what: `index ${index.name}`,
      // Those in brackets are expressions.
      columns: index.columns.map(({ name }) => name).filter((name) => !name.startsWith('(')),
    })),
  ]
  for (const { what, columns: needed } of needs) {
    const missing = needed.find((name) => !columns.some((column) => column.name === name))
    if (missing !== undefined)
      throw new Error(`The ${what} of ${table} needs the column ${missing}.`)
  }
}

/** Whether SQLite can do it to a table that stays where it is. */
function isDirect(change: Change, table: Table): boolean {
  if (change.op === 'addIndex') return true
  if (change.op === 'dropIndex') {
    return table.indexes.some(({ name, constraint }) => name === change.index.name && !constraint)
  }
  if (change.op !== 'addColumn') return false
  const { column } = change
  // A default that is worked out cannot be given to the rows that are there.
  const isConstant = /^([+-]?[\d.]+|'(?:[^']|'')*'|true|false)$/.test(column.default ?? '0')
  const isMissing = !column.nullable && column.default === null
  const isPlain = !column.autoIncrement && !column.extra && change.fill === undefined
  return isConstant && !isMissing && isPlain
}

function direct(table: string, change: Change): string {
  if (change.op === 'addIndex') return indexSql(table, change.index)
  if (change.op === 'dropIndex') return `drop index ${quote(change.index.name)}`
  const { column } = change as Extract<Change, { op: 'addColumn' }>
  return `alter table ${quote(table)} add column ${columnSql(column)}`
}
