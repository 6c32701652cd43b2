import type { Knex } from 'knex'
import { applyAll, renameColumn } from '../../apply'
import { type Change, tableOf } from '../../operations'
import type { Index, Table } from '../../schema'
import { type Dialect, execute } from '../dialect'
import { columnSql, createSql, indexSql, quote } from './write'

/**
 * Changes tables on SQLite, which can add and rename by itself, and has to build a table anew for
 * anything else: once, whatever changes in it. Rows, indexes, triggers and the counter stay.
 *
 * @throws Error when a foreign key is enforced, since then a table cannot be built anew without
 *   losing the rows that refer to it
 */
export async function performChanges(
  db: Knex,
  changes: readonly Change[],
  { reflect }: Pick<Dialect, 'reflect'>,
): Promise<void> {
  const queues = new Map<string, Change[]>()
  const flush = async (name: string) => {
    const queue = queues.get(name)
    queues.delete(name)
    if (queue) await changeTable(db, name, queue, reflect)
  }
  const views = await workingViews(db)
  for (const change of changes) {
    const name = tableOf(change)
    const queue = queues.get(name) ?? []
    if (change.op === 'renameTable') {
      await flush(name)
      await execute(db, `alter table ${quote(change.from)} rename to ${quote(change.to)}`)
    } else if (change.op === 'renameColumn') {
      if (queue.some(isMore)) await flush(name)
      else queues.set(name, renamedIn(queue, name, change.from, change.to))
      const names = `${quote(change.from)} to ${quote(change.to)}`
      await execute(db, `alter table ${quote(name)} rename column ${names}`)
    } else if (change.op !== 'commentTable') {
      queues.set(name, [...queue, change])
    }
  }
  for (const name of [...queues.keys()]) await flush(name)
  await refuseBrokenViews(db, views)
}

function isMore({ op }: Change): boolean {
  return !['dropIndex', 'dropForeignKey', 'dropCheck', 'dropPrimaryKey'].includes(op)
}

/** What waits to be dropped goes by the new name of its column, as SQLite then has it. */
function renamedIn(queue: readonly Change[], name: string, from: string, to: string): Change[] {
  return queue.map((change) => {
    const none = { name, columns: [], primaryKey: null, indexes: [], foreignKeys: [], checks: [] }
    const held: Table = { ...none, comment: null }
    if (change.op === 'dropIndex') {
      const [index] = renameColumn({ ...held, indexes: [change.index] }, from, to).indexes
      return { ...change, index: index as Index }
    }
    if (change.op === 'dropCheck') {
      const [check] = renameColumn({ ...held, checks: [change.check] }, from, to).checks
      return { ...change, check: check ?? change.check }
    }
    if (change.op === 'dropForeignKey') {
      const [key] = renameColumn({ ...held, foreignKeys: [change.key] }, from, to).foreignKeys
      return { ...change, key: key ?? change.key }
    }
    return change
  })
}

async function changeTable(
  db: Knex,
  name: string,
  changes: readonly Change[],
  reflect: Dialect['reflect'],
): Promise<void> {
  const [before] = await reflect(db, [name])
  if (!before) throw new Error(`The table ${name} does not exist.`)
  const after = applyAll(before, changes)
  if (changes.some((change) => !isDirect(change, before))) {
    return rebuild(db, before, after, changes)
  }
  for (const change of changes) await execute(db, direct(name, change))
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
  return isConstant && !isMissing && !column.autoIncrement && change.fill === undefined
}

function direct(table: string, change: Change): string {
  if (change.op === 'addIndex') return indexSql(table, change.index)
  if (change.op === 'dropIndex') return `drop index ${quote(change.index.name)}`
  const { column } = change as Extract<Change, { op: 'addColumn' }>
  return `alter table ${quote(table)} add column ${columnSql(column)}`
}

async function rebuild(
  db: Knex,
  before: Table,
  after: Table,
  changes: readonly Change[],
): Promise<void> {
  await refuseEnforcedKeys(db, before.name)
  const { name } = before
  const place = `_new_${name}`
  const kept = await dependents(db, before, after)
  const counter = await countedTo(db, name)
  await execute(db, createSql({ ...after, name: place }))
  await copy(db, before, { ...after, name: place }, changes)
  await execute(db, `drop table ${quote(name)}`)
  await rename(db, place, name)
  for (const sql of kept) await execute(db, sql)
  const made = after.indexes.filter((index) => !index.constraint && !before.indexes.includes(index))
  for (const index of made) await execute(db, indexSql(name, index))
  if (counter !== undefined) await countOn(db, name, counter)
}

/** Other tables refer to the name, so their foreign keys must not follow the old table. */
async function rename(db: Knex, from: string, to: string): Promise<void> {
  await execute(db, 'pragma legacy_alter_table = on')
  await execute(db, `alter table ${quote(from)} rename to ${quote(to)}`)
  await execute(db, 'pragma legacy_alter_table = off')
}

async function refuseEnforcedKeys(db: Knex, name: string): Promise<void> {
  const [row] = await execute<{ foreign_keys: number }[]>(db, 'pragma foreign_keys')
  if (!Object.values(row ?? {})[0]) return
  throw new Error(
    `The table ${name} has to be built anew, and in a transaction of Knex that would delete the ` +
      'rows that refer to it. Write `export const config = { transaction: false }` in the migration.',
  )
}

/** The statements of indexes and triggers, which go with the old table. */
async function dependents(db: Knex, before: Table, after: Table): Promise<string[]> {
  // An index that is dropped and made anew may have the name that it had.
  const stay = before.indexes.filter((index) => after.indexes.includes(index))
  const kept = new Set(stay.map((index) => index.name))
  const all = await db.raw(
    "select type, name, sql from sqlite_master where tbl_name = ? collate nocase and sql is not null and type in ('index', 'trigger')",
    [before.name],
  )
  const rows = all as { type: string; name: string; sql: string }[]
  return rows.filter((row) => row.type === 'trigger' || kept.has(row.name)).map(({ sql }) => sql)
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
    ({ name, extra }) => !/\bas\b/i.test(extra ?? '') && (had(name) || fills.has(name)),
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
async function countedTo(db: Knex, name: string): Promise<number | undefined> {
  const [exists] = await execute<unknown[]>(
    db,
    "select 1 from sqlite_master where name = 'sqlite_sequence'",
  )
  if (!exists) return undefined
  const rows = await db.raw('select seq from sqlite_sequence where name = ?', [name])
  return (rows as { seq: number }[])[0]?.seq
}

async function countOn(db: Knex, name: string, counter: number): Promise<void> {
  await db.raw('delete from sqlite_sequence where name = ?', [name])
  const counts = await db.raw(
    "select 1 from sqlite_master where name = ? and sql like '%autoincrement%'",
    [name],
  )
  if ((counts as unknown[]).length === 0) return
  await db.raw('insert into sqlite_sequence (name, seq) values (?, ?)', [name, counter])
}

async function workingViews(db: Knex): Promise<string[]> {
  const rows = await execute<{ name: string }[]>(
    db,
    "select name from sqlite_master where type = 'view'",
  )
  const broken = await Promise.all(rows.map(({ name }) => brokenView(db, name)))
  return rows.map(({ name }) => name).filter((_, at) => broken[at] === undefined)
}

async function brokenView(db: Knex, name: string): Promise<string | undefined> {
  try {
    await execute(db, `select * from ${quote(name)} limit 0`)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function refuseBrokenViews(db: Knex, views: readonly string[]): Promise<void> {
  for (const name of views) {
    const why = await brokenView(db, name)
    if (why === undefined) continue
    throw new Error(
      `The view ${name} would no longer work (${why}). Drop it before, and make it anew.`,
    )
  }
}
