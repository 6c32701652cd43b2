import { indexShape, keyShape, plain } from '../apply'
import type { Change } from '../operations'
import type { Column, ForeignKey, Table } from '../schema'

/**
 * What makes one table of the database hold what its model declares.
 *
 * @param declared as the model says it: this is what is written
 * @param wanted as this database would have it: this is what is compared
 * @param found as this database has it
 */
export function changesOf(declared: Table, wanted: Table, found: Table): Change[] {
  const columns = columnChanges(declared, wanted, found)
  const retyped = columns.flatMap((change) =>
    change.op === 'alterColumn' && change.from.type !== change.to.type ? change.to.name : [],
  )
  return [
    ...columns,
    ...commentChange(wanted, found),
    ...keyChanges(declared, found),
    ...indexChanges(declared, wanted, found),
    ...foreignChanges(declared, wanted, found, retyped),
    ...checkChanges(declared, wanted, found),
  ]
}

function columnChanges(declared: Table, wanted: Table, found: Table): Change[] {
  const table = declared.name
  const inFound = (name: string) => found.columns.find((column) => column.name === name)
  const added = declared.columns.filter(({ name }) => !inFound(name))
  const dropped = found.columns.filter(
    ({ name }) => !declared.columns.some((column) => column.name === name),
  )
  const altered = declared.columns.flatMap((to): Change[] => {
    const from = inFound(to.name)
    const like = wanted.columns.find(({ name }) => name === to.name)
    if (!from || !like || isAlike(from, like)) return []
    const fill = from.nullable && !to.nullable && to.default !== null ? { fill: to.default } : {}
    return [{ op: 'alterColumn', table, from, to, ...fill }]
  })
  return [
    ...added.map((column) => ({ op: 'addColumn' as const, table, column })),
    ...altered,
    ...dropped.map((column) => ({ op: 'dropColumn' as const, table, column })),
  ]
}

const compared = ['type', 'nullable', 'default', 'autoIncrement', 'comment'] as const

function isAlike(one: Column, other: Column): boolean {
  return compared.every((key) => one[key] === other[key])
}

function commentChange({ name: table, comment: to }: Table, { comment: from }: Table): Change[] {
  return from === to ? [] : [{ op: 'commentTable', table, from, to }]
}

function keyChanges({ name: table, primaryKey: wanted }: Table, found: Table): Change[] {
  const { primaryKey: had } = found
  if (wanted?.columns.join('\0') === had?.columns.join('\0')) return []
  return [
    ...(had ? [{ op: 'dropPrimaryKey' as const, table, key: had }] : []),
    ...(wanted ? [{ op: 'addPrimaryKey' as const, table, key: wanted }] : []),
  ]
}

function indexChanges(declared: Table, wanted: Table, found: Table): Change[] {
  const { dropped, added } = difference(declared.indexes, wanted.indexes, found.indexes, indexShape)
  const table = declared.name
  return [
    ...dropped.map((index) => ({ op: 'dropIndex' as const, table, index })),
    ...added.map((index) => ({ op: 'addIndex' as const, table, index })),
  ]
}

/** A foreign key stands in the way of its columns' types. */
function foreignChanges(
  declared: Table,
  wanted: Table,
  found: Table,
  retyped: readonly string[],
): Change[] {
  const isFree = (key: ForeignKey) => !key.columns.some((column) => retyped.includes(column))
  const kept = found.foreignKeys.filter(isFree)
  const { dropped, added } = difference(declared.foreignKeys, wanted.foreignKeys, kept, keyShape)
  const inTheWay = found.foreignKeys.filter((key) => !isFree(key))
  const table = declared.name
  return [
    ...[...dropped, ...inTheWay].map((key) => ({ op: 'dropForeignKey' as const, table, key })),
    ...added.map((key) => ({ op: 'addForeignKey' as const, table, key })),
  ]
}

function checkChanges(declared: Table, wanted: Table, found: Table): Change[] {
  const { dropped, added } = difference(
    declared.checks,
    wanted.checks,
    found.checks,
    ({ expression }) => plain(expression),
  )
  const table = declared.name
  return [
    ...dropped.map((check) => ({ op: 'dropCheck' as const, table, check })),
    ...added.map((check) => ({ op: 'addCheck' as const, table, check })),
  ]
}

/** Two are the same when they have one shape, whatever their names: each stands for one other. */
function difference<T extends { name: string | null }>(
  declared: readonly T[],
  wanted: readonly T[],
  found: readonly T[],
  shaped: (item: T) => string,
): { dropped: T[]; added: T[] } {
  const left = [...found]
  const missing = wanted.filter((item) => {
    const at = left.findIndex((other) => shaped(other) === shaped(item))
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
  const added = declared.filter(({ name }) => missing.some((item) => item.name === name))
  return { dropped: left, added }
}
