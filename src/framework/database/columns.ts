import type { Model } from 'objection'
import { type Pojo, Validator, type ValidatorArgs } from 'objection'
import type { TProperties, TSchema } from 'typebox'
import { ValidationError } from '../errors'
import { compile, invalidValues, Type } from '../validation'

/** What the columns of a table mean: for whole rows, for changes to some columns, for the id. */
export interface RowSchemas {
  readonly whole: object
  readonly change: object
  readonly primaryKey: string | string[]
  /** Columns that a row may do without: the database has null there. */
  readonly optional: readonly string[]
  /** Columns of true and false: SQLite and MariaDB have 1 and 0 there. */
  readonly booleans: readonly string[]
}

/** Derives a table's schemas from its columns. Without a `primaryKey`, the column `id` is it. */
export function rowSchemas(columns: TProperties): RowSchemas {
  const names = Object.keys(columns)
  const keys = primaryKeys(columns)
  const object = Type.Object(columns, { additionalProperties: false })
  const given = names.filter((name) => object.required?.includes(name))
  const counted = countedColumn(columns)
  const filledIn = (name: string) =>
    ['default', 'defaultSql'].some((key) => option(columns, name, key) !== undefined)
  const required = given.filter((name) => name !== counted && !filledIn(name))
  return {
    whole: { ...object, required },
    change: { ...object, properties: withoutDefaults(columns), required: [] },
    primaryKey: keys.length > 1 ? keys : (keys[0] ?? 'id'),
    optional: names.filter((name) => !given.includes(name) && !holds(columns[name], 'null')),
    booleans: names.filter((name) => holds(columns[name], 'boolean')),
  }
}

/** The column whose values the database counts: a primary key that is one whole number. */
export function countedColumn(columns: TProperties): string | undefined {
  const [name = '', ...others] = primaryKeys(columns)
  const counts = others.length === 0 && option(columns, name, 'autoIncrement') !== false
  return counts && holds(columns[name], 'integer') ? name : undefined
}

/** The columns by which a row is known. */
export function primaryKeys(columns: TProperties): string[] {
  const names = Object.keys(columns)
  const keys = names.filter((name) => option(columns, name, 'primaryKey'))
  return keys.length === 0 && 'id' in columns ? ['id'] : keys
}

function option(columns: TProperties, name: string, key: string): unknown {
  return (columns[name] as Record<string, unknown> | undefined)?.[key]
}

/** Whether a column takes values of this JSON type, alone or among others. */
function holds(column: TSchema | undefined, type: string): boolean {
  const { type: own, anyOf } = (column ?? {}) as { type?: unknown; anyOf?: TSchema[] }
  return own === type || Boolean(anyOf?.some((one) => holds(one, type)))
}

function withoutDefaults(columns: TProperties): TProperties {
  const entries = Object.entries(columns).map(([name, column]) => {
    const { default: _, ...rest } = column as TSchema & { default?: unknown }
    return [name, rest]
  })
  return Object.fromEntries(entries) as TProperties
}

/** Gives a row that was just read the types of its columns, in place. */
export function readRow(row: Pojo, { optional, booleans }: RowSchemas): Pojo {
  for (const name of optional) if (row[name] === null) delete row[name]
  for (const name of booleans) if (typeof row[name] === 'number') row[name] = row[name] !== 0
  return row
}

/** Checks rows with the ajv that also serves requests; an error names every wrong column. */
export class RowValidator extends Validator {
  readonly #schemas: RowSchemas

  constructor(schemas: RowSchemas) {
    super()
    this.#schemas = schemas
  }

  override validate({ json, model, options }: ValidatorArgs): Pojo {
    const check = compile(options.patch ? this.#schemas.change : this.#schemas.whole)
    const row = this.#toCheck(json, model)
    if (!check(row))
      throw new ValidationError(model.constructor.name, invalidValues(check.errors ?? [], []))
    return { ...json, ...row }
  }

  /** The row without related rows of a graph, and without nulls that mean an absent value. */
  #toCheck(json: Pojo, model: Model): Pojo {
    const relations = Object.keys((model.constructor as typeof Model).getRelations())
    const absent = (name: string) => json[name] === null && this.#schemas.optional.includes(name)
    const names = Object.keys(json).filter((name) => !relations.includes(name) && !absent(name))
    return Object.fromEntries(names.map((name) => [name, json[name]]))
  }
}
