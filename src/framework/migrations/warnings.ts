import type { Knex } from 'knex'
import type { Operation } from './operations'
import type { Column, Table } from './schema'
import { typeParts } from './types'

/** What whoever applies a revision should know, and the values that rows lack. */
export interface Findings {
  /** A sentence each. */
  readonly warnings: readonly string[]
  /** The operations that lack a value for rows that are there, with the request for it. */
  readonly todos: ReadonlyMap<Operation, string>
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
  const warnings: string[] = []
  const todos = new Map<Operation, string>()
  const before = namesBefore(operations)
  for (const operation of operations) {
    const ask = new Asked(db, before, found)
    const said = await warningOf(ask, operation)
    if (said?.todo !== undefined) todos.set(operation, said.todo)
    if (said) warnings.push(said.warning)
  }
  return { warnings, todos }
}

interface Said {
  readonly warning: string
  readonly todo?: string
}

async function warningOf(ask: Asked, operation: Operation): Promise<Said | undefined> {
  switch (operation.op) {
    case 'dropTable': {
      const { name } = operation.table
      const rows = await ask.count(name)
      return rows > 0 ? { warning: `removing table '${name}' loses ${counted(rows)}.` } : undefined
    }
    case 'dropColumn': {
      const { table, column } = operation
      const rows = await ask.count(table, (query, of) => void query.whereNotNull(of(column.name)))
      const where = `'${table}.${column.name}'`
      return rows > 0
        ? { warning: `removing ${where} loses the values of ${counted(rows)}.` }
        : undefined
    }
    case 'addColumn':
      return missingIn(ask, operation.table, operation.column, operation.fill)
    case 'alterColumn':
      return alterationOf(ask, operation)
    case 'addIndex': {
      const { table, index } = operation
      if (!index.unique || index.where !== null) return undefined
      const rows = await ask.duplicates(
        table,
        index.columns.map(({ name }) => name),
      )
      const where = `'${table}(${index.columns.map(({ name }) => name).join(', ')})'`
      return rows > 0
        ? { warning: `${counted(rows, 'value')} of ${where} occur more than once, and may not.` }
        : undefined
    }
    default:
      return undefined
  }
}

async function missingIn(
  ask: Asked,
  table: string,
  column: Column,
  fill: string | undefined,
): Promise<Said | undefined> {
  const isGiven = column.nullable || column.default !== null || fill !== undefined
  if (isGiven || column.autoIncrement || column.extra) return undefined
  return needed(await ask.count(table), `'${table}.${column.name}'`)
}

function needed(rows: number, where: string): Said | undefined {
  if (rows === 0) return undefined
  return {
    warning: `${counted(rows)} ${rows === 1 ? 'has' : 'have'} no value for ${where}, which has to have one.`,
    todo: `say what ${counted(rows)} without a value ${rows === 1 ? 'gets' : 'get'}, as in fill: "''"`,
  }
}

async function alterationOf(
  ask: Asked,
  { table, from, to, fill }: Extract<Operation, { op: 'alterColumn' }>,
): Promise<Said | undefined> {
  const where = `'${table}.${to.name}'`
  if (from.nullable && !to.nullable && fill === undefined) {
    const rows = await ask.count(table, (query, of) => void query.whereNull(of(to.name)))
    if (rows > 0) return needed(rows, where)
  }
  const length = lengthOf(to)
  if (length !== undefined && length < (lengthOf(from) ?? Number.POSITIVE_INFINITY)) {
    const rows = await ask.longer(table, to.name, length)
    if (rows > 0) return { warning: `${counted(rows)} of ${where} are longer than ${length}.` }
  }
  return undefined
}

function lengthOf({ type }: Column): number | undefined {
  const parts = typeParts(type)
  return parts?.name === 'string' ? parts.args[0] : undefined
}

function counted(rows: number, what = 'row'): string {
  return `${rows.toLocaleString('en')} ${what}${rows === 1 ? '' : 's'}`
}

/** Names as they are before the renames of a revision. */
interface NamesBefore {
  table(name: string): string
  column(table: string, name: string): string
}

function namesBefore(operations: readonly Operation[]): NamesBefore {
  return {
    table: (name) => {
      const rename = operations.find((one) => one.op === 'renameTable' && one.to === name) as
        | { from: string }
        | undefined
      return rename?.from ?? name
    },
    column: (table, name) => {
      const rename = operations.find(
        (one) => one.op === 'renameColumn' && one.table === table && one.to === name,
      ) as { from: string } | undefined
      return rename?.from ?? name
    },
  }
}

/** Questions to the rows of a table, by the names that are to be. */
class Asked {
  readonly #db: Knex
  readonly #before: NamesBefore
  readonly #found: readonly Table[]

  constructor(db: Knex, before: NamesBefore, found: readonly Table[]) {
    this.#db = db
    this.#before = before
    this.#found = found
  }

  async count(
    table: string,
    where: (query: Knex.QueryBuilder, of: (column: string) => string) => void = () => {},
  ): Promise<number> {
    const name = this.#before.table(table)
    const query = this.#db(name).count({ rows: '*' })
    where(query, (column) => this.#before.column(table, column))
    const [row] = await query
    return Number(row?.rows ?? 0)
  }

  longer(table: string, column: string, length: number): Promise<number> {
    const size = this.#db.client.driverName === 'better-sqlite3' ? 'length' : 'char_length'
    return this.count(table, (query, of) => {
      query.whereRaw(`${size}(??) > ?`, [of(column), length])
    })
  }

  async duplicates(table: string, columns: readonly string[]): Promise<number> {
    const name = this.#before.table(table)
    const names = columns.map((column) => this.#before.column(table, column))
    const known = this.#found.find((one) => one.name === name)?.columns.map((one) => one.name)
    if (!names.every((one) => known?.includes(one))) return 0
    const twice = this.#db(name).select(names).groupBy(names).havingRaw('count(*) > 1')
    for (const one of names) twice.whereNotNull(one)
    const [row] = await this.#db.from(twice.as('twice')).count({ rows: '*' })
    return Number(row?.rows ?? 0)
  }
}
