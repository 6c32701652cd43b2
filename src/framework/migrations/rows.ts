import type { Knex } from 'knex'
import { fits, matching } from './casts'
import { literalText } from './defaults'
import { tokenize } from './dialects/tokens'
import type { Operation } from './operations'
import type { Check, Column, ForeignKey, Index, Table } from './schema'

/** Where the values of a column come from: its own, under the name that it has, or what rows get. */
interface Source {
  readonly column?: string
  readonly given?: string
}

/**
 * Questions to the rows that are there, by the names that operations are about to give. A table that
 * is not there yet has no rows; a column that is not there yet has what the operations give it.
 */
export class Rows {
  readonly #db: Knex
  readonly #driver: string
  readonly #operations: readonly Operation[]
  readonly #found: readonly Table[]

  /** @param found the tables as they are before the operations */
  constructor(db: Knex, operations: readonly Operation[], found: readonly Table[]) {
    this.#db = db
    this.#driver = (db.client as { driverName: string }).driverName
    this.#operations = operations
    this.#found = found
  }

  /** How many rows a table has for which all conditions hold. */
  async count(table: string, ...conditions: readonly Knex.Raw[]): Promise<number> {
    const name = this.#before(table)?.name
    if (name === undefined) return 0
    const query = this.#db({ child: name })
    for (const condition of conditions) query.where(condition)
    return counted(query)
  }

  withValue(table: string, column: string): Promise<number> {
    return this.count(table, ...this.#present(this.#source(table, column)))
  }

  withoutValue(table: string, column: string): Promise<number> {
    return this.count(table, this.#db.raw('?? is null', [this.#name(table, column)]))
  }

  /** How many values are longer than so many characters. */
  longer(table: string, column: string, length: number): Promise<number> {
    const size = this.#driver === 'better-sqlite3' ? 'length' : 'char_length'
    const value = this.#text(this.#db.raw('??', [this.#name(table, column)]))
    return this.count(table, this.#db.raw(`${size}(?) > ?`, [value, length]))
  }

  /** How many values are none of the type that their column gets. */
  async unfit(table: string, from: Column, to: Column): Promise<number> {
    const condition = fits(from, to, this.#driver)
    if (!condition) return 0
    const { sql, pattern = '' } = condition
    if (sql.includes(matching)) await this.#learnMatching()
    const column = this.#db.raw('??', [this.#name(table, to.name)]) as unknown as string
    const unfit = this.#db.raw(`not (${sql})`, { column, pattern })
    return this.count(table, ...this.#present(this.#source(table, to.name)), unfit)
  }

  /** How many values, or combinations of values, occur more than once. */
  async duplicates(table: string, index: Pick<Index, 'columns' | 'where'>): Promise<number> {
    const name = this.#before(table)?.name
    const sources = index.columns.map((column) => this.#source(table, column.name))
    // An expression is no column, and what has no value is equal to nothing.
    if (name === undefined || !sources.every(isKnown)) return 0
    return this.#tried(() => {
      const query = this.#db({ child: name }).select(this.#db.raw(this.#each))
      for (const source of sources) {
        for (const condition of this.#present(source)) query.where(condition)
        if (source.column !== undefined) query.groupBy(this.#value(source))
      }
      if (index.where !== null) query.where(this.#expression(table, index.where))
      const twice = query.havingRaw('count(*) > 1').as('twice')
      return counted(this.#db.from(twice as unknown as string))
    })
  }

  // MariaDB would keep the groups in a table on disk, for a million rows in twenty times the time.
  get #each(): string {
    return this.#driver === 'mysql2' ? 'sql_big_result count(*)' : 'count(*)'
  }

  /** How many rows refer to a row that is not there. */
  async orphans(table: string, { columns, table: target, references }: ForeignKey) {
    const sources = columns.map((column) => this.#source(table, column))
    if (!sources.every(isKnown)) return 0
    const present = sources.flatMap((source) => this.#present(source))
    if (this.#isNew(target)) return this.count(table, ...present)
    const found = this.#db({ parent: this.#before(target)?.name ?? target })
    found.select(this.#db.raw('1'))
    references.forEach((reference, at) => {
      const { column = reference } = this.#source(target, reference)
      const sides = [this.#db.raw('??', [`parent.${column}`]), this.#value(sources[at] ?? {})]
      // PostgreSQL compares only what is of one type.
      const alike = this.#driver === 'pg' ? sides.map((side) => this.#text(side)) : sides
      found.where(this.#db.raw('? = ?', alike))
    })
    return this.#tried(() => this.count(table, ...present, this.#db.raw('not exists ?', [found])))
  }

  /** How many rows break a check. */
  async breaking(table: string, { expression }: Check): Promise<number> {
    if (!this.#before(table)) return 0
    return this.#tried(() =>
      this.count(table, this.#db.raw('not (?)', [this.#expression(table, expression)])),
    )
  }

  /** A question about columns as they are to be, of other types, may make no sense before. */
  async #tried(question: () => Promise<number>): Promise<number> {
    try {
      return await question()
    } catch {
      // One that makes none is answered with an error, but it is answered.
      await this.#db.raw('select 1')
      return 0
    }
  }

  #isNew(table: string): boolean {
    return this.#operations.some((one) => one.op === 'createTable' && one.table.name === table)
  }

  /** The table as it is, by the name that it gets. */
  #before(table: string): Table | undefined {
    if (this.#isNew(table)) return undefined
    const rename = this.#operations.find((one) => one.op === 'renameTable' && one.to === table)
    const name = rename?.op === 'renameTable' ? rename.from : table
    return this.#found.find((one) => one.name === name)
  }

  #of(table: string): Operation[] {
    return this.#operations.filter((one) => 'table' in one && one.table === table)
  }

  #name(table: string, column: string): string {
    return `child.${this.#source(table, column).column ?? column}`
  }

  #source(table: string, column: string): Source {
    let source: Source = this.#has(table, column) ? { column } : {}
    for (const one of this.#of(table)) {
      if (one.op === 'renameColumn' && one.to === column) source = { column: one.from }
      if (one.op === 'addColumn' && one.column.name === column) {
        const given = one.fill ?? one.column.default
        source = given === null ? {} : { given }
      }
      if (one.op === 'alterColumn' && one.to.name === column && one.fill !== undefined) {
        source = { ...source, given: one.fill }
      }
    }
    return source
  }

  #has(table: string, column: string): boolean {
    return this.#before(table)?.columns.some(({ name }) => name === column) ?? false
  }

  /** The conditions under which there is a value. */
  #present({ column, given }: Source): Knex.Raw[] {
    if (column === undefined || given !== undefined) return []
    return [this.#db.raw('?? is not null', [`child.${column}`])]
  }

  #value({ column, given }: Source): Knex.Raw {
    const own = column === undefined ? undefined : this.#db.raw('??', [`child.${column}`])
    const other = given === undefined ? undefined : this.#constant(given)
    if (own && other) return this.#db.raw('coalesce(?, ?)', [own, other])
    return own ?? other ?? this.#db.raw('null')
  }

  #constant(sql: string): Knex.Raw {
    const text = literalText(sql)
    return text === undefined ? this.#db.raw(sql) : this.#db.raw('?', [text])
  }

  #text(value: Knex.Raw): Knex.Raw {
    return this.#db.raw(`cast(? as ${this.#driver === 'mysql2' ? 'char' : 'text'})`, [value])
  }

  /** An expression on the columns that are to be, as one on those that are there. */
  #expression(table: string, sql: string): Knex.Raw {
    const bindings: Knex.Raw[] = []
    const put = tokenize(sql).reduceRight((all, { kind, value, start, end }) => {
      const isOdd = kind === 'text' && /[?\\]/.test(value)
      const name =
        kind === 'text' || kind === 'symbol' ? undefined : this.#column(table, kind, value)
      if (!isOdd && name === undefined) return all
      bindings.unshift(
        name === undefined ? this.#db.raw('?', [value]) : this.#value(this.#source(table, name)),
      )
      return `${all.slice(0, start)}?${all.slice(end)}`
    }, sql)
    return this.#db.raw(put, bindings)
  }

  /** The column that a word of an expression means, where another has to stand for it. */
  #column(table: string, kind: 'word' | 'name', value: string): string | undefined {
    if (kind === 'name') return value
    const moved = this.#of(table).flatMap((one) => {
      if (one.op === 'addColumn') return one.column.name
      return one.op === 'renameColumn' ? one.to : []
    })
    return moved.find((name) => name.toLowerCase() === value)
  }

  /** SQLite has a word for patterns, but no patterns. */
  async #learnMatching(): Promise<void> {
    const connection: Learner = await this.#db.client.acquireConnection()
    try {
      connection.function(matching, { deterministic: true }, (value, pattern) =>
        Number(new RegExp(String(pattern)).test(String(value))),
      )
    } finally {
      await this.#db.client.releaseConnection(connection)
    }
  }
}

interface Learner {
  function(name: string, options: object, body: (...values: unknown[]) => number): void
}

function isKnown({ column, given }: Source): boolean {
  return column !== undefined || given !== undefined
}

async function counted(query: Knex.QueryBuilder): Promise<number> {
  const [row] = await query.count({ rows: '*' })
  return Number(row?.rows ?? 0)
}
