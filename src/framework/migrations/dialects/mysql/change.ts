import type { Knex } from 'knex'
import { renameColumn } from '../../apply'
import type { Change } from '../../operations'
import type { Column, Table } from '../../schema'
import { dropped } from './drop'
import { inlineChecks } from './inline-checks'
import { showTable } from './read'
import { rowsOf } from './rows'
import { addHelper, dropHelper, isKey } from './stand-ins'
import {
  alter,
  checkSql,
  columnSql,
  expression,
  foreignKeySql,
  indexSql,
  isGenerated,
  list,
  quote,
  text,
} from './write'

type Of<Op extends Change['op']> = Extract<Change, { op: Op }>

/**
 * The statements that make a change. What it is about is looked up in the database as it is now,
 * since it may have another name there, and needs more than the change says.
 *
 * @throws Error when that is not there, or rows or the server do not allow the change
 */
export async function statements(db: Knex, change: Change): Promise<string[]> {
  switch (change.op) {
    case 'renameTable':
      return [alter(change.from, `rename to ${quote(change.to)}`)]
    case 'commentTable':
      return [alter(change.table, `comment = ${text(change.to ?? '')}`)]
    case 'addColumn':
      return addColumn(db, change)
    case 'dropColumn':
      return [alter(change.table, `drop column ${quote(change.column.name)}`)]
    case 'renameColumn':
      return rename(db, change)
    case 'alterColumn':
      return alterColumn(db, change)
    case 'addPrimaryKey':
      return addPrimaryKey(db, change)
    case 'addIndex':
      return [alter(change.table, indexSql(change.index))]
    case 'addForeignKey':
      return [alter(change.table, foreignKeySql(change.key))]
    case 'addCheck':
      return [alter(change.table, checkSql(change.check))]
    default:
      return [alter(change.table, ...(await dropped(db, change)))]
  }
}

async function addColumn(db: Knex, { table, column, fill }: Of<'addColumn'>): Promise<string[]> {
  const key = column.autoIncrement ? [addHelper(column.name)] : []
  if (fill === undefined) {
    await refuseMissing(db, table, column)
    return [alter(table, `add column ${columnSql(column)}`, ...key)]
  }
  const first = { ...column, nullable: true, default: null }
  return [
    alter(table, `add column ${columnSql(first)}`),
    filled(await showTable(db, table), column.name, fill),
    alter(table, `modify column ${columnSql(column)}`),
  ]
}

/** The server would take an empty text or zero for what is missing, and say nothing. */
async function refuseMissing(db: Knex, table: string, column: Column): Promise<void> {
  const { nullable, autoIncrement, name } = column
  if (nullable || column.default !== null || autoIncrement || isGenerated(column)) return
  const rows = await rowsOf(db, `select 1 as found from ${quote(table)} limit 1`)
  if (rows.length === 0) return
  throw new Error(
    `The table ${table} has rows, and they have no value for its new column ${name}. ` +
      'Give the column a default, or say in the migration what they get: `fill`.',
  )
}

/** Columns that say when a row was changed stay as they are. */
function filled(table: Table, column: string, fill: string, where = ''): string {
  const kept = table.columns
    .filter(({ name, extra = '' }) => name !== column && /\bon update\b/i.test(extra))
    .map(({ name }) => `${quote(name)} = ${quote(name)}`)
  const all = [`${quote(column)} = ${expression(fill)}`, ...kept]
  return `update ${quote(table.name)} set ${all.join(', ')}${where}`
}

/** MariaDB changes the name in checks too; MySQL has to be without them meanwhile. */
async function rename(db: Knex, { table, from, to }: Of<'renameColumn'>): Promise<string[]> {
  const sql = alter(table, `rename column ${quote(from)} to ${quote(to)}`)
  if (await isMariaDb(db)) return [sql]
  const before = await showTable(db, table)
  const after = renameColumn(before, from, to)
  const held = after.checks.filter(
    (check, at) => check.expression !== before.checks[at]?.expression,
  )
  if (held.length === 0) return [sql]
  const drops = held.map(({ name }) => `drop check ${quote(name ?? '')}`)
  return [alter(table, ...drops), sql, alter(table, ...held.map(checkSql))]
}

async function isMariaDb(db: Knex): Promise<boolean> {
  const rows = await rowsOf<{ version: string }>(db, 'select version() as version')
  return rows.some(({ version }) => version.includes('MariaDB'))
}

/** What the database says of the column and the change does not, stays: its check, its collation. */
async function alterColumn(db: Knex, change: Of<'alterColumn'>): Promise<string[]> {
  const { to, fill } = change
  const table = await showTable(db, change.table)
  const now = table.columns.find(({ name }) => name === change.from.name)
  if (!now) throw new Error(`The table ${table.name} has no column ${change.from.name}.`)
  const extra = to.extra ?? keptExtra(now, to)
  const checks = await inlineChecks(db, table)
  const check = checks.find(({ column }) => column === to.name)
  const whole = columnSql({ ...to, ...(extra && { extra }) })
  const parts = [`modify column ${check ? `${whole} check (${check.sql})` : whole}`]
  if (!to.autoIncrement) parts.push(...dropHelper(table, to.name))
  else if (!isKey(table, [to.name])) parts.push(addHelper(to.name))
  const where = ` where ${quote(to.name)} is null`
  const before = fill === undefined ? [] : [filled(table, to.name, fill, where)]
  return [...before, alter(table.name, ...parts)]
}

/** A text's own collation, as long as it is a text; and what has nothing to do with the type. */
function keptExtra({ extra = '' }: Column, { type }: Column): string {
  const isText = /^(string|(var)?char|(tiny|medium|long)?text|enum|set|uuid)\b/.test(type)
  return isText ? extra : extra.replace(/^(character set \w+ ?)?(collate \w+ ?)?/i, '')
}

async function addPrimaryKey(db: Knex, { table, key }: Of<'addPrimaryKey'>): Promise<string[]> {
  const parts = dropHelper(await showTable(db, table), key.columns[0])
  return [alter(table, `add primary key (${list(key.columns)})`, ...parts)]
}
