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
}

/** Derives a table's schemas from its columns. Without a `primaryKey`, the column `id` is it. */
export function rowSchemas(columns: TProperties): RowSchemas {
  const names = Object.keys(columns)
  const keys = names.filter((name) => option(columns, name, 'primaryKey'))
  const object = Type.Object(columns, { additionalProperties: false })
  const required = names.filter((name) => object.required?.includes(name) && !filledIn(columns, name))
  return {
    whole: { ...object, required },
    change: { ...object, properties: withoutDefaults(columns), required: [] },
    primaryKey: keys.length > 1 ? keys : (keys[0] ?? 'id'),
  }
}

/** Whether a row may leave the column out, because the database or the schema fills it in. */
function filledIn(columns: TProperties, name: string): boolean {
  const counted = option(columns, name, 'primaryKey') && option(columns, name, 'type') === 'integer'
  return Boolean(counted) || option(columns, name, 'default') !== undefined
}

function option(columns: TProperties, name: string, key: string): unknown {
  return (columns[name] as Record<string, unknown>)[key]
}

function withoutDefaults(columns: TProperties): TProperties {
  const entries = Object.entries(columns).map(([name, column]) => {
    const { default: _, ...rest } = column as TSchema & { default?: unknown }
    return [name, rest]
  })
  return Object.fromEntries(entries) as TProperties
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
    const row = columnsOnly(json, model)
    if (!check(row)) throw new ValidationError(model.constructor.name, invalidValues(check.errors ?? [], []))
    return Object.assign(json, row)
  }
}

/** A row without the related rows that a graph insert carries with it. */
function columnsOnly(json: Pojo, model: Model): Pojo {
  const relations = Object.keys((model.constructor as typeof Model).getRelations())
  return Object.fromEntries(Object.entries(json).filter(([name]) => !relations.includes(name)))
}
