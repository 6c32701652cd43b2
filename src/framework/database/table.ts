import type { Knex } from 'knex'
import {
  type Constructor,
  Model,
  type Pojo,
  QueryBuilder,
  type QueryBuilderType,
  type TransactionOrKnex,
} from 'objection'
import type { Static, TObject, TProperties } from 'typebox'
import type { ReferentialAction } from '../validation'
import { RowValidator, readRow, rowSchemas } from './columns'
import { databases } from './connection'
import { type FailedModel, readable } from './failures'

/** One schema for each column, made by `Type`. */
export type Columns = TProperties & Readonly<Record<string, object>>

/** The values of one row, typed from its columns. */
export type Row<C extends Columns> = Static<TObject<C>>

/** What a table has besides its columns. Names are those of the columns in the model. */
export interface TableOptions<Name extends string = string> {
  /** Columns of which no two rows have the same values together. */
  readonly unique?: readonly (readonly Name[])[]
  readonly indexes?: readonly (readonly Name[] | IndexOptions<Name>)[]
  readonly foreignKeys?: readonly ForeignKeyOptions<Name>[]
  /** SQL expressions that are true of each row, each with a name of its own in the table. */
  readonly checks?: Readonly<Record<string, string>>
  /** What the database itself says of the table, where it can. */
  readonly comment?: string
}

export interface IndexOptions<Name extends string = string> {
  readonly columns: readonly Name[]
  /** Those of its columns that are ordered from the last value to the first. */
  readonly descending?: readonly Name[]
  readonly unique?: boolean
  /** An SQL expression: only rows for which it is true are in the index. Not on MariaDB. */
  readonly where?: string
}

export interface ForeignKeyOptions<Name extends string = string> {
  readonly columns: readonly Name[]
  readonly table: string
  /** The columns of that table, in the same order, as the database names them. */
  readonly references: readonly string[]
  readonly onDelete?: ReferentialAction
  readonly onUpdate?: ReferentialAction
}

/** What `table()` returns: an Objection class whose instances carry the columns. */
export type TableClass<C extends Columns> = (new () => Model & Row<C>) &
  Omit<typeof Model, 'new'> & { readonly columns: C; readonly tableOptions: TableOptions }

/** Objection's query builder, with errors of the database turned into sentences. */
class TableQuery<M extends Model, R = M[]> extends QueryBuilder<M, R> {
  constructor(...args: ConstructorParameters<typeof QueryBuilder>) {
    super(...args)
    this.onError((error: unknown, builder) =>
      Promise.reject(readable(error, builder.modelClass() as unknown as FailedModel)),
    )
  }
}

/**
 * Makes the base class of a model.
 *
 * @param name the table's name in the database
 * @param columns one TypeBox schema each; with `primaryKey` and `unique` it says what the database
 *   must hold, and with `format`, `maxLength` and so on what a row may hold
 * @param options what concerns several columns: indexes, foreign keys, checks
 * @returns a class to extend: `class User extends table('users', { … }) {}`. Imported, it acts on
 *   the application that serves the current request or job, else on the one created last.
 * @throws ValidationError from its inserts and updates, naming each column that is wrong
 * @throws DuplicateError when a unique column already holds the value
 * @throws NoApplicationError from its queries when no application is open
 */
export function table<C extends Columns>(
  name: string,
  columns: C,
  options: TableOptions<keyof C & string> = {},
): TableClass<C> {
  const schemas = rowSchemas(columns)
  class Table extends Model {
    static override tableName = name
    static override idColumn = schemas.primaryKey
    static override jsonSchema = schemas.whole as typeof Model.jsonSchema
    static override useLimitInFirst = true
    static override QueryBuilder = TableQuery
    static readonly columns = columns
    static readonly tableOptions = options

    static override knex(...args: [] | [Knex]): Knex {
      const own = super.knex(...(args as [Knex]))
      // With an argument it only sets the database, and returns nothing.
      return own ?? args[0] ?? databases.get(this.name)
    }

    // A query runs when it is awaited, which may be outside of where it was made.
    static override query<M extends Model>(this: Constructor<M>, database?: TransactionOrKnex) {
      const bound = super.knex() as Knex | undefined
      const scoped = bound ? undefined : databases.scoped()
      return super.query.call(this, database ?? scoped) as unknown as QueryBuilderType<M>
    }

    static override createValidator(): RowValidator {
      return new RowValidator(schemas)
    }

    override $parseDatabaseJson(row: Pojo): Pojo {
      return readRow(super.$parseDatabaseJson(row), schemas)
    }
  }
  return Table as unknown as TableClass<C>
}
