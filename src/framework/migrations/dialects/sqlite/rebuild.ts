import type { Knex } from 'knex'
import type { Change } from '../../operations'
import type { Table } from '../../schema'
import { execute } from '../dialect'
import { inOwnWords, keptTexts } from './kept'
import { createSql, indexSql, isGenerated, quote } from './write'

/** Builds a table anew, with its rows, triggers, counter and those indexes that stay. */
export async function rebuild(
  db: Knex,
  before: Table,
  after: Table,
  changes: readonly Change[],
): Promise<void> {
  const { name } = before
  const made = await everythingMade(db)
  const own = made.filter((one) => one.of.toLowerCase() === name.toLowerCase())
  const sql = own.find(({ type }) => type === 'table')?.sql ?? ''
  const columns = inOwnWords(after.columns, sql, before)
  const place = { ...after, columns, name: freeName(name, made) }
  const counter = await countedTo(db, name, made)
  await execute(db, createSql(place, keptTexts(sql, before, after)))
  await copy(db, before, place, changes)
  await execute(db, `drop table ${quote(name)}`)
  await rename(db, place.name, name)
  for (const dependent of dependents(own, before, after)) await execute(db, dependent)
  const added = after.indexes.filter(
    (index) => !index.constraint && !before.indexes.includes(index),
  )
  for (const index of added) await execute(db, indexSql(name, index))
  if (counter !== undefined) await countOn(db, after, counter)
}

/** A statement that SQLite keeps, and the table that it is about. */
interface Made {
  readonly type: 'table' | 'index' | 'trigger' | 'view'
  readonly name: string
  readonly of: string
  readonly sql: string | null
}

async function everythingMade(db: Knex): Promise<Made[]> {
  return execute<Made[]>(db, 'select type, name, tbl_name as "of", sql from sqlite_master')
}

/** A name that nothing has, whatever its case. */
function freeName(name: string, made: readonly Made[]): string {
  const taken = made.map((one) => one.name.toLowerCase())
  let free = `_new_${name}`
  while (taken.includes(free.toLowerCase())) free = `_${free}`
  return free
}

/** Other tables refer to the name, so their foreign keys must not follow the old table. */
async function rename(db: Knex, from: string, to: string): Promise<void> {
  const [row] = await execute<object[]>(db, 'pragma legacy_alter_table')
  await execute(db, 'pragma legacy_alter_table = on')
  try {
    await execute(db, `alter table ${quote(from)} rename to ${quote(to)}`)
  } finally {
    await execute(db, `pragma legacy_alter_table = ${Object.values(row ?? {})[0]}`)
  }
}

/** The statements of indexes and triggers, which go with the old table. */
function dependents(own: readonly Made[], before: Table, after: Table): string[] {
  // An index that is dropped and made anew may have the name that it had.
  const stay = before.indexes.filter((index) => after.indexes.includes(index))
  const kept = new Set(stay.map(({ name }) => name))
  return own
    .filter(({ type, name }) => type === 'trigger' || (type === 'index' && kept.has(name)))
    .flatMap(({ sql }) => sql ?? [])
}

async function copy(
  db: Knex,
  before: Table,
  after: Table,
  changes: readonly Change[],
): Promise<void> {
  const fills = new Map(
    changes.flatMap((change) =>
      'fill' in change && change.fill !== undefined
        ? [[change.op === 'addColumn' ? change.column.name : change.to.name, change.fill]]
        : [],
    ),
  )
  const had = (name: string) => before.columns.some((column) => column.name === name)
  const given = after.columns.filter(
    (column) => !isGenerated(column) && (had(column.name) || fills.has(column.name)),
  )
  if (given.length === 0) return
  const values = given.map(({ name }) => {
    const fill = fills.get(name)
    if (!had(name)) return `(${fill})`
    return fill === undefined ? quote(name) : `coalesce(${quote(name)}, ${fill})`
  })
  const names = given.map(({ name }) => quote(name)).join(', ')
  const from = `select ${values.join(', ')} from ${quote(before.name)}`
  await execute(db, `insert into ${quote(after.name)} (${names}) ${from}`)
}

/** How far SQLite has counted: ids of deleted rows are not given again. */
async function countedTo(
  db: Knex,
  name: string,
  made: readonly Made[],
): Promise<number | undefined> {
  if (!made.some((one) => one.name === 'sqlite_sequence')) return undefined
  const rows = await db.raw('select seq from sqlite_sequence where name = ?', [name])
  return (rows as { seq: number }[])[0]?.seq
}

async function countOn(db: Knex, { name, columns }: Table, counter: number): Promise<void> {
  await db.raw('delete from sqlite_sequence where name = ?', [name])
  if (!columns.some(({ autoIncrement }) => autoIncrement)) return
  await db.raw('insert into sqlite_sequence (name, seq) values (?, ?)', [name, counter])
}
