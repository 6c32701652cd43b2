import type { Knex } from 'knex'
import { describe } from './describe'
import { type Dialect, dialectOf } from './dialects'
import type { Change } from './operations'
import type { Column, ForeignKey, Index, IndexColumn } from './schema'

/** A column as a migration writes it: not null, without default, unless it says so. */
export type WrittenColumn = Pick<Column, 'name' | 'type'> & Partial<Column>

/** An index as a migration writes it: for all rows, ascending, not unique, unless it says so. */
export interface WrittenIndex {
  readonly name: string
  readonly columns: readonly (string | IndexColumn)[]
  readonly unique?: boolean
  readonly where?: string | null
}

/** A foreign key as a migration writes it: without actions, unless it says so. */
export type WrittenForeignKey = Omit<ForeignKey, 'onDelete' | 'onUpdate'> &
  Partial<Pick<ForeignKey, 'onDelete' | 'onUpdate'>>

type Written<C> = C extends { column: Column }
  ? Omit<C, 'column'> & { readonly column: WrittenColumn }
  : C extends { from: Column }
    ? Omit<C, 'from' | 'to'> & { readonly from: WrittenColumn; readonly to: WrittenColumn }
    : C extends { index: Index }
      ? Omit<C, 'index'> & { readonly index: WrittenIndex }
      : C extends { key: ForeignKey }
        ? Omit<C, 'key'> & { readonly key: WrittenForeignKey }
        : C

/** One step of a migration: a change, a new table, a table that goes, or work on the rows. */
export type Step =
  | Written<Change>
  | {
      readonly op: 'createTable'
      readonly table: string
      readonly as: (table: Knex.CreateTableBuilder) => void
    }
  | { readonly op: 'dropTable'; readonly table: string }
  | ((knex: Knex) => Promise<unknown>)

/**
 * Makes the changes of a migration, on any database: all of them or, but for MariaDB and MySQL,
 * which keep what they have done, none. SQLite builds a changed table anew, once, and keeps its
 * rows, indexes, triggers and counter; such a migration exports `config = { transaction: false }`,
 * since foreign keys are let go meanwhile and checked at the end.
 *
 * @throws Error that names the step that failed, and on MariaDB and MySQL those that are done
 * @throws Error on SQLite, before anything happens, within a transaction that enforces foreign keys
 */
export async function change(knex: Knex, steps: readonly Step[]): Promise<void> {
  const { inTransaction = plainTransaction } = dialectOf(knex)
  await inTransaction(knex, (trx) => perform(trx, steps), steps.every(isHarmless))
}

async function plainTransaction(knex: Knex, work: (trx: Knex) => Promise<void>): Promise<void> {
  await (knex.isTransaction ? work(knex) : knex.transaction(work))
}

/** Whether a step leaves all tables that are there as they are. */
function isHarmless(step: Step): boolean {
  return typeof step === 'function' || step.op === 'createTable'
}

/** @throws Error when the database is another one than a migration was written for */
export function onlyOn(knex: Knex, name: Dialect['name']): void {
  const here = dialectOf(knex).name
  if (here === name) return
  throw new Error(
    `This migration was written for ${name}, since it has types of its own; this is ${here}.`,
  )
}

async function perform(trx: Knex, steps: readonly Step[]): Promise<void> {
  const dialect = dialectOf(trx)
  const done: string[] = []
  for (const group of grouped(steps, dialect)) {
    const words = group.map(inWords).join('; ')
    try {
      await performGroup(trx, group, dialect)
    } catch (error) {
      throw failure(words, error, dialect.name === 'mysql' ? done : [])
    }
    done.push(words)
  }
}

/** SQLite takes changes together, so that it builds each table anew once. */
function grouped(steps: readonly Step[], { name }: Dialect): Step[][] {
  const groups: Step[][] = []
  for (const step of steps) {
    const last = groups.at(-1)
    const joins = name === 'sqlite' && isChange(step) && last?.every(isChange)
    if (joins) last?.push(step)
    else groups.push([step])
  }
  return groups
}

function isChange(step: Step): step is Written<Change> {
  return typeof step !== 'function' && step.op !== 'createTable' && step.op !== 'dropTable'
}

async function performGroup(trx: Knex, group: readonly Step[], dialect: Dialect): Promise<void> {
  const [step] = group
  if (!step) return
  if (typeof step === 'function') await step(trx)
  else if (step.op === 'createTable') await trx.schema.createTable(step.table, step.as)
  else if (step.op === 'dropTable') await trx.schema.dropTable(step.table)
  else await dialect.perform(trx, group.filter(isChange).map(whole))
}

function whole(step: Written<Change>): Change {
  if ('column' in step) return { ...step, column: wholeColumn(step.column) }
  if (step.op === 'alterColumn') {
    return { ...step, from: wholeColumn(step.from), to: wholeColumn(step.to) }
  }
  if ('index' in step) return { ...step, index: wholeIndex(step.index) }
  if (step.op === 'addForeignKey' || step.op === 'dropForeignKey') {
    return { ...step, key: { onDelete: 'no action', onUpdate: 'no action', ...step.key } }
  }
  return step
}

function wholeIndex({ columns, ...index }: WrittenIndex): Index {
  const ordered = columns.map((column) =>
    typeof column === 'string' ? { name: column, descending: false } : column,
  )
  return { unique: false, where: null, ...index, columns: ordered }
}

function wholeColumn(column: WrittenColumn): Column {
  return { nullable: false, default: null, autoIncrement: false, comment: null, ...column }
}

function inWords(step: Step): string {
  if (typeof step === 'function') return 'work on the rows'
  if (isChange(step)) return describe(whole(step))
  return step.op === 'createTable' ? `added table '${step.table}'` : `removed table '${step.table}'`
}

function failure(words: string, error: unknown, done: readonly string[]): Error {
  const why = error instanceof Error ? error.message : String(error)
  const before = done.length > 0 ? `\nDone before, and not undone: ${done.join('; ')}.` : ''
  return new Error(`${words}: ${why}${before}`, { cause: error })
}
