import type { Knex } from 'knex'
import type { Application } from '../application'
import { RevisionError } from '../errors'
import { compare } from './compare'
import { type Rename, type Renames, withNewNames } from './compare/renames'
import { desired } from './desired'
import { type Dialect, dialectOf } from './dialects'
import { createdIn, type MigrationFile } from './history'
import type { Operation } from './operations'
import type { ForeignKey, Table } from './schema'

/** What the models declare, beside what the database has. */
export interface Both {
  readonly dialect: Dialect
  readonly declared: readonly Table[]
  readonly rehearsed: readonly Table[]
  /** Tables of the database that models declare or migrations made. */
  readonly found: readonly Table[]
  /** The names of all others: left alone. */
  readonly foreign: readonly string[]
}

/** Nothing has another name than before. */
export const noRenames: Renames = { tables: [], columns: [] }

const silent =
  /^(knex_migrations(_lock|_checksums)?|agenda_(jobs|logs|workers|uniques|changes|results(_changes)?))$/

/** Whether Knex or the job store keeps the table for itself: nobody wants to hear of it. */
export function isSilent(name: string): boolean {
  return silent.test(name)
}

/**
 * Reads models and database.
 *
 * @throws ModelError when a model cannot be a table
 * @throws RevisionError when the database refuses a declared table
 */
export async function readBoth(
  { models, db }: Pick<Application, 'models' | 'db'>,
  files: readonly MigrationFile[],
): Promise<Both> {
  const declared = desired(Object.values(models))
  const dialect = dialectOf(db)
  const all = await dialect.reflect(db)
  refuseDangling(declared, all)
  const rehearsed = await rehearse(db, dialect, declared)
  const created = createdIn(files)
  const isOurs = ({ name }: Table) =>
    created.has(name) || declared.some((table) => table.name === name)
  const others = all.filter((table) => !isOurs(table) && !isSilent(table.name))
  return {
    dialect,
    declared,
    rehearsed,
    found: all.filter(isOurs),
    foreign: others.map(({ name }) => name),
  }
}

/**
 * Some databases find out what is wrong with a foreign key only when rows come.
 *
 * @param there the tables of the database
 * @throws RevisionError for one to what nobody has, or to what is not unique
 */
export function refuseDangling(declared: readonly Table[], there: readonly Table[]): void {
  for (const table of declared) {
    for (const key of table.foreignKeys) {
      const target = [...declared, ...there].find(({ name }) => name === key.table)
      // What has a dot is in another schema.
      const flaw = target || !key.table.includes('.') ? flawOf(key, target) : undefined
      if (flaw === undefined) continue
      throw new RevisionError(
        `The foreign key of ${table.name}(${key.columns.join(', ')}) refers to ${flaw}.`,
        'Correct its model.',
      )
    }
  }
}

function flawOf({ table, references }: ForeignKey, target: Table | undefined): string | undefined {
  if (!target) return `the table ${table}, which no model declares and the database does not have`
  const { columns, primaryKey, indexes } = target
  const missing = references.find((column) => !columns.some(({ name }) => name === column))
  if (missing !== undefined) return `${table}.${missing}, which is no column`
  const unique = indexes.filter((index) => index.unique && index.where === null)
  const keys = [primaryKey?.columns ?? [], ...unique.map((index) => index.columns.map(named))]
  const isKey = keys.some((names) => sorted(names) === sorted(references))
  return isKey
    ? undefined
    : `${table}(${references.join(', ')}), which is neither its key nor unique`
}

function named({ name }: { readonly name: string }): string {
  return name
}

function sorted(names: readonly string[]): string {
  return [...names].sort().join('\0')
}

async function rehearse(db: Knex, dialect: Dialect, tables: readonly Table[]): Promise<Table[]> {
  if (tables.length === 0) return []
  try {
    // Knex does not escape comments; nobody writes them in another way than they are declared.
    const rehearsed = await dialect.rehearse(db, tables.map(withoutComments))
    return dialect.name === 'sqlite' ? rehearsed : rehearsed.map((one) => withComments(one, tables))
  } catch (error) {
    const [table] = tables
    if (tables.length === 1 && table) throw refused(table, dialect, error)
    // Only alone does it show which of them it is.
    for (const one of tables) await rehearse(db, dialect, [one])
    throw new RevisionError(
      `${titles[dialect.name]} refuses the tables together: ${wordsOf(error)}.`,
      'Correct their models.',
      error,
    )
  }
}

function withoutComments(table: Table): Table {
  const columns = table.columns.map((column) => ({ ...column, comment: null }))
  return { ...table, columns, comment: null }
}

function withComments(table: Table, declared: readonly Table[]): Table {
  const said = declared.find(({ name }) => name === table.name)
  const columns = table.columns.map((column) => {
    const comment = said?.columns.find(({ name }) => name === column.name)?.comment ?? null
    return { ...column, comment }
  })
  return { ...table, columns, comment: said?.comment ?? null }
}

/** What the database said, without the statement that Knex puts before it. */
function wordsOf(error: unknown): string {
  const { message = String(error), sqlMessage } = error as Partial<Record<string, string>>
  return (sqlMessage ?? message.split(' - ').at(-1) ?? message).replace(/\.$/, '')
}

function refused({ name }: Table, dialect: Dialect, error: unknown): RevisionError {
  return new RevisionError(
    `${titles[dialect.name]} refuses the table ${name}: ${wordsOf(error)}.`,
    'Correct its model.',
    error,
  )
}

const titles = { sqlite: 'SQLite', postgres: 'PostgreSQL', mysql: 'MariaDB' }

/** The operations that make the database what the models declare. */
export function operationsOf(both: Both, renames: Renames): Operation[] {
  return compare({ ...both, renames })
}

/** A table or a column that goes while one comes that could be the same: `users.name` and `users.nick`. */
export interface Candidate extends Rename {
  /** Undefined for a table. */
  readonly table: string | undefined
}

/** What may have got another name, after the renames that are known. */
export function candidates({ declared, rehearsed, found }: Both, known: Renames): Candidate[] {
  const { tables } = withNewNames(found, known)
  const gone = tables.filter(({ name }) => !declared.some((table) => table.name === name))
  const fresh = rehearsed.filter(({ name }) => !tables.some((table) => table.name === name))
  const pairs = gone.flatMap((from) =>
    fresh.filter((to) => areAlike(from, to)).map((to) => ({ from: from.name, to: to.name })),
  )
  const columns = rehearsed.flatMap((wanted) => {
    const table = tables.find(({ name }) => name === wanted.name)
    return table ? columnCandidates(table, wanted) : []
  })
  return [...pairs.map((pair) => ({ table: undefined, ...pair })), ...columns]
}

function columnCandidates(found: Table, wanted: Table): Candidate[] {
  const lacks = (table: Table, name: string) => !table.columns.some((one) => one.name === name)
  const gone = found.columns.filter(({ name }) => lacks(wanted, name))
  const fresh = wanted.columns.filter(({ name }) => lacks(found, name))
  return gone.flatMap((from) =>
    fresh
      .filter((to) => family(to.type) === family(from.type))
      .map((to) => ({ table: found.name, from: from.name, to: to.name })),
  )
}

/** Whether more than half of the columns of the one are columns of the other too. */
function areAlike(one: Table, other: Table): boolean {
  const shared = one.columns.filter(({ name }) =>
    other.columns.some((column) => column.name === name),
  )
  return shared.length * 2 > Math.max(one.columns.length, other.columns.length)
}

function family(type: string): string {
  const name = type.replace(/\(.*$/, '').replace(' unsigned', '')
  if (name === 'text') return 'string'
  return name === 'bigint' ? 'integer' : name
}
