import type { Knex } from 'knex'
import { indexShape, keyShape, plain } from '../../apply'
import type { Change } from '../../operations'
import type { Check, ForeignKey, Index, Table } from '../../schema'
import { inlineChecks } from './inline-checks'
import { isIndexOf, plainKey, showTable } from './read'
import { standIns } from './stand-ins'
import { columnSql, quote } from './write'

type Of<Op extends Change['op']> = Extract<Change, { op: Op }>
type Drop = Of<'dropPrimaryKey' | 'dropForeignKey' | 'dropCheck' | 'dropIndex'>

/**
 * What drops a constraint or an index of a table, and adds what the table then needs.
 *
 * @throws Error when it is not there
 */
export async function dropped(db: Knex, change: Drop): Promise<string[]> {
  const table = await showTable(db, change.table)
  const parts = await dropParts(db, change, table)
  if (parts) return parts
  throw new Error(`The table ${table.name} is not as this migration expects it.`)
}

async function dropParts(db: Knex, change: Drop, table: Table): Promise<string[] | undefined> {
  switch (change.op) {
    case 'dropPrimaryKey':
      if (!table.primaryKey) return undefined
      return ['drop primary key', ...standIns({ ...table, primaryKey: null })]
    case 'dropIndex': {
      const index = known(table.indexes, change.index, indexShape)
      return index && dropIndex(table, index)
    }
    case 'dropForeignKey': {
      const key = known(table.foreignKeys, plainKey(change.key), keyShape)
      return key && dropForeignKey(table, key)
    }
    case 'dropCheck': {
      const check = known(table.checks, change.check, ({ expression }) => plain(expression))
      return check && dropCheck(db, table, check)
    }
  }
}

/** Known by its name, or by what it is where that name is not there. */
function known<T extends { readonly name: string | null }>(
  items: readonly T[],
  wanted: T,
  meaning: (item: T) => string,
): T | undefined {
  const named = wanted.name === null ? undefined : items.find(({ name }) => name === wanted.name)
  return named ?? items.find((item) => meaning(item) === meaning(wanted))
}

function dropIndex(table: Table, index: Index): string[] {
  const indexes = table.indexes.filter((other) => other !== index)
  return [`drop index ${quote(index.name)}`, ...standIns({ ...table, indexes })]
}

/** With the index that the server made for it. */
function dropForeignKey(table: Table, key: ForeignKey): string[] {
  const foreignKeys = table.foreignKeys.filter((other) => other !== key)
  const index = table.indexes.find((one) => isIndexOf(key, one))
  const drop = `drop foreign key ${quote(key.name ?? '')}`
  return index ? [drop, ...dropIndex({ ...table, foreignKeys }, index)] : [drop]
}

async function dropCheck(db: Knex, table: Table, check: Check): Promise<string[] | undefined> {
  if (check.name !== null) return [`drop constraint ${quote(check.name)}`]
  const checks = await inlineChecks(db, table)
  const of = checks.find(({ expression }) => plain(expression) === plain(check.expression))
  const column = table.columns.find(({ name }) => name === of?.column)
  return column && [`modify column ${columnSql(column)}`]
}
