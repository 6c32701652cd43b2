import type { Knex } from 'knex'
import type { Operation } from './operations'
import { Rows } from './rows'
import type { Column, Index, Table } from './schema'
import { typeParts } from './types'

/** What whoever applies a revision should know, and the values that rows lack. */
export interface Findings {
  /** A sentence each. */
  readonly warnings: readonly string[]
  /** The operations that lack a value for rows that are there, with the request for it. */
  readonly todos: ReadonlyMap<Operation, string>
}

interface Said {
  readonly warning: string
  readonly todo?: string
}

/**
 * Asks the rows that are there what the operations would do to them.
 *
 * @param found the tables as they are before
 */
export async function findWarnings(
  db: Knex,
  operations: readonly Operation[],
  found: readonly Table[],
): Promise<Findings> {
  const rows = new Rows(db, operations, found)
  const warnings: string[] = []
  const todos = new Map<Operation, string>()
  for (const operation of operations) {
    for (const { warning, todo } of await warningsOf(rows, operation)) {
      warnings.push(warning)
      if (todo !== undefined) todos.set(operation, todo)
    }
  }
  return { warnings, todos }
}

async function warningsOf(rows: Rows, operation: Operation): Promise<Said[]> {
  switch (operation.op) {
    case 'dropTable': {
      const { name } = operation.table
      return say(await rows.count(name), (all) => `removing table '${name}' loses ${all}.`)
    }
    case 'dropColumn': {
      const where = `'${operation.table}.${operation.column.name}'`
      const lost = await rows.withValue(operation.table, operation.column.name)
      return say(lost, (all) => `removing ${where} loses the values of ${all}.`)
    }
    case 'addColumn':
      return additionOf(rows, operation)
    case 'alterColumn':
      return alterationOf(rows, operation)
    case 'addPrimaryKey': {
      const columns = operation.key.columns.map((name) => ({ name, descending: false }))
      return repetitions(rows, operation.table, { columns, where: null })
    }
    case 'addIndex':
      return operation.index.unique ? repetitions(rows, operation.table, operation.index) : []
    default:
      return restrictionOf(rows, operation)
  }
}

async function restrictionOf(rows: Rows, operation: Operation): Promise<Said[]> {
  if (operation.op === 'addForeignKey') {
    const { table, key } = operation
    const where = `'${table}(${key.columns.join(', ')})'`
    const orphans = await rows.orphans(table, key)
    return say(
      orphans,
      (all, count) =>
        `${all} of ${where} ${one(count, 'refers', 'refer')} to nothing in '${key.table}'.`,
    )
  }
  if (operation.op !== 'addCheck') return []
  const { table, check } = operation
  const breaking = await rows.breaking(table, check)
  return say(
    breaking,
    (all, count) =>
      `${all} of '${table}' ${one(count, 'does', 'do')} not hold to: ${check.expression}.`,
  )
}

async function additionOf(
  rows: Rows,
  { table, column, fill }: Extract<Operation, { op: 'addColumn' }>,
): Promise<Said[]> {
  const isGiven = column.nullable || column.default !== null || fill !== undefined
  if (isGiven || column.autoIncrement || column.extra) return []
  return needed(await rows.count(table), `'${table}.${column.name}'`)
}

async function alterationOf(
  rows: Rows,
  { table, from, to, fill }: Extract<Operation, { op: 'alterColumn' }>,
): Promise<Said[]> {
  const where = `'${table}.${to.name}'`
  const isNeeded = from.nullable && !to.nullable && fill === undefined
  const length = lengthOf(to)
  const isShorter = length < lengthOf(from)
  const isRetyped = from.type !== to.type
  return [
    ...(isNeeded ? needed(await rows.withoutValue(table, to.name), where) : []),
    ...say(
      isShorter ? await rows.longer(table, to.name, length) : 0,
      (all, count) => `${all} of ${where} ${one(count, 'is', 'are')} longer than ${length}.`,
    ),
    ...say(
      isRetyped ? await rows.unfit(table, from, to) : 0,
      (all, count) => `${all} of ${where} ${one(count, 'does', 'do')} not fit ${to.type}.`,
    ),
  ]
}

function needed(count: number, where: string): Said[] {
  return say(
    count,
    (all) => `${all} ${one(count, 'has', 'have')} no value for ${where}, which has to have one.`,
  ).map(({ warning }) => ({
    warning,
    todo: `say what ${counted(count, 'row')} without a value ${one(count, 'gets', 'get')}, as in fill: "''"`,
  }))
}

async function repetitions(
  rows: Rows,
  table: string,
  index: Pick<Index, 'columns' | 'where'>,
): Promise<Said[]> {
  const where = `'${table}(${index.columns.map(({ name }) => name).join(', ')})'`
  const twice = await rows.duplicates(table, index)
  return say(
    twice,
    (all, count) =>
      `${all} of ${where} ${one(count, 'occurs', 'occur')} more than once, and may not.`,
    'value',
  )
}

function lengthOf({ type }: Column): number {
  const parts = typeParts(type)
  return (parts?.name === 'string' && parts.args[0]) || Number.POSITIVE_INFINITY
}

/** A sentence on so many rows; none where there are none. */
function say(
  count: number,
  sentence: (all: string, count: number) => string,
  what = 'row',
): Said[] {
  return count > 0 ? [{ warning: sentence(counted(count, what), count) }] : []
}

function one(count: number, singular: string, plural: string): string {
  return count === 1 ? singular : plural
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`
}
