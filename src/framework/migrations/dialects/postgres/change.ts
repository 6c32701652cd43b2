import type { Knex } from 'knex'
import { indexShape, keyShape, plain } from '../../apply'
import { quoteText } from '../../defaults'
import type { Change } from '../../operations'
import type { Column, Table } from '../../schema'
import { execute } from '../dialect'
import { readTables } from './read'
import { addConstraint, columnSql, foreignKeySql, indexSql, list, quote, sqlType } from './write'

type Of<Op extends Change['op']> = Extract<Change, { op: Op }>

/**
 * The statements that make a change. What it is about is looked up in the database as it is now,
 * since it may have another name there.
 *
 * @throws Error when what is to be dropped is not there
 */
export async function statements(db: Knex, change: Change): Promise<string[]> {
  switch (change.op) {
    case 'renameTable':
      return [`alter table ${quote(change.from)} rename to ${quote(change.to)}`]
    case 'commentTable':
      return [comment(`table ${quote(change.table)}`, change.to)]
    case 'addColumn':
      return addColumn(change)
    case 'dropColumn':
      return [`alter table ${quote(change.table)} drop column ${quote(change.column.name)}`]
    case 'renameColumn':
      return [`${alter(change.table)} rename column ${quote(change.from)} to ${quote(change.to)}`]
    case 'alterColumn':
      return alterColumn(change, await ownSequence(db, change))
    case 'addPrimaryKey':
    case 'addForeignKey':
    case 'addCheck':
    case 'addIndex':
      return [add(change)]
    default:
      return [drop(change, await readTables(db, [change.table]))]
  }
}

function alter(table: string): string {
  return `alter table ${quote(table)}`
}

function add(change: Of<'addPrimaryKey' | 'addForeignKey' | 'addCheck' | 'addIndex'>): string {
  const { table } = change
  if (change.op === 'addIndex') return indexSql(table, change.index)
  if (change.op === 'addForeignKey') return foreignKeySql(table, change.key)
  if (change.op === 'addCheck') {
    return addConstraint(table, change.check.name, `check (${change.check.expression})`)
  }
  return addConstraint(table, change.key.name, `primary key (${list(change.key.columns)})`)
}

type Drop = Of<'dropPrimaryKey' | 'dropForeignKey' | 'dropCheck' | 'dropIndex'>

function drop(change: Drop, [table]: readonly Table[]): string {
  const found = table && dropped(change, table)
  if (!found || found.name === null) {
    throw new Error(`The table ${change.table} is not as this migration expects it.`)
  }
  const isIndex = change.op === 'dropIndex' && !('constraint' in found && found.constraint)
  const name = quote(found.name)
  return isIndex ? `drop index ${name}` : `${alter(change.table)} drop constraint ${name}`
}

/** Known by its name, or by what it is where that name is not there. */
function dropped(change: Drop, table: Table): { readonly name: string | null } | null | undefined {
  if (change.op === 'dropPrimaryKey') return table.primaryKey
  if (change.op === 'dropIndex') return known(table.indexes, change.index, indexShape)
  if (change.op === 'dropForeignKey') return known(table.foreignKeys, change.key, keyShape)
  return known(table.checks, change.check, ({ expression }) => plain(expression))
}

function known<T extends { readonly name: string | null }>(
  items: readonly T[],
  wanted: T,
  meaning: (item: T) => string,
): T | undefined {
  const named = items.find(({ name }) => name === wanted.name)
  return named ?? items.find((item) => meaning(item) === meaning(wanted))
}

function comment(on: string, text: string | null): string {
  return `comment on ${on} is ${text === null ? 'null' : quoteText(text)}`
}

function addColumn({ table, column, fill }: Of<'addColumn'>): string[] {
  const name = quote(column.name)
  const on = `${alter(table)} alter column ${name}`
  const first = fill === undefined ? column : { ...column, nullable: true, default: null }
  const all = [`${alter(table)} add column ${columnSql(first)}`]
  if (fill !== undefined) {
    all.push(`update ${quote(table)} set ${name} = ${fill}`)
    if (column.default !== null) all.push(`${on} set default ${column.default}`)
    if (!column.nullable) all.push(`${on} set not null`)
  }
  if (column.comment !== null) {
    all.push(comment(`column ${quote(table)}.${name}`, column.comment))
  }
  return all
}

/** In an order in which each of them can be done, whatever else changes. */
function alterColumn(change: Of<'alterColumn'>, sequence: string | null): string[] {
  const { table, from, to, fill } = change
  const name = quote(from.name)
  const on = `${alter(table)} alter column ${name}`
  const retyped = sqlType(from.type) !== sqlType(to.type)
  const ends = from.autoIncrement && !to.autoIncrement
  const begins = to.autoIncrement && !from.autoIncrement
  const all = ends ? countNoMore(on, sequence) : []
  // A default need not fit the other type.
  if (from.default !== null && (retyped || to.default === null)) all.push(`${on} drop default`)
  if (retyped) all.push(`${on} type ${retype(from, to)}`)
  if (retyped && sequence !== null && !ends) {
    all.push(`alter sequence ${sequence} as ${sqlType(to.type)}`)
  }
  if (to.default !== null && (retyped || to.default !== from.default)) {
    all.push(`${on} set default ${to.default}`)
  }
  if (fill !== undefined) {
    all.push(`update ${quote(table)} set ${name} = ${fill} where ${name} is null`)
  }
  if (from.nullable !== to.nullable) all.push(`${on} ${to.nullable ? 'drop' : 'set'} not null`)
  if (begins) all.push(`${on} add generated by default as identity`, countOn(table, from.name))
  if (from.comment !== to.comment) all.push(comment(`column ${quote(table)}.${name}`, to.comment))
  return all
}

/** A text that is too long is refused, where a cast to the whole type would cut it. */
function retype(from: Column, to: Column): string {
  const [before, after] = [sqlType(from.type), sqlType(to.type)]
  if (!isText(after)) return `${after} using ${quote(from.name)}::${after}`
  if (!isText(before)) return `${after} using ${quote(from.name)}::text`
  const [collation] = /^collate \S+/.exec(to.extra ?? from.extra ?? '') ?? []
  return collation ? `${after} ${collation}` : after
}

function isText(type: string): boolean {
  return /^(text|varchar|char|character)\b/.test(type)
}

function sequenceOf(table: string, column: string): string {
  return `pg_get_serial_sequence(${quoteText(quote(table))}, ${quoteText(column)})`
}

async function ownSequence(db: Knex, { table, from }: Of<'alterColumn'>): Promise<string | null> {
  if (!from.autoIncrement) return null
  const sql = `select ${sequenceOf(table, from.name)} as sequence`
  const { rows } = await execute<{ rows: { sequence: string | null }[] }>(db, sql)
  return rows[0]?.sequence ?? null
}

/** Whether it is an identity column, which takes its sequence along, or has one as its default. */
function countNoMore(on: string, sequence: string | null): string[] {
  const all = [`${on} drop identity if exists`, `${on} drop default`]
  return sequence === null ? all : [...all, `drop sequence if exists ${sequence}`]
}

/** From the largest value that is there. */
function countOn(table: string, column: string): string {
  const largest = `greatest(coalesce(max(${quote(column)}), 0), 0)`
  return `select setval(${sequenceOf(table, column)}, ${largest} + 1, false) from ${quote(table)}`
}
