import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020'
import addFormats from 'ajv-formats'
import type { Static, TSchema } from 'typebox'
import { type InvalidValue, ValidationError } from './errors'

export { type Static, type TSchema, Type } from 'typebox'

/** Keywords of our own: what a column means to the database rather than to the validator. */
export const columnKeywords = [
  'primaryKey',
  'autoIncrement',
  'unique',
  'index',
  'references',
  'onDelete',
  'onUpdate',
  'storage',
  'defaultSql',
  'check',
  'comment',
] as const

declare module 'typebox' {
  interface TSchemaOptions {
    /** The column, or with others the columns, that a row is known by. */
    primaryKey?: boolean
    /** Whether the database counts a primary key that is one whole number. Default true. */
    autoIncrement?: boolean
    /** No two rows have the same value in this column. */
    unique?: boolean
    /** Rows are often looked for by this column. */
    index?: boolean
    /** The column of another table in which the value must be, as in `users.id`. */
    references?: string
    /** What becomes of the row when the row that it refers to is deleted. Default `no action`. */
    onDelete?: ReferentialAction
    /** What becomes of the value when the one that it refers to changes. Default `no action`. */
    onUpdate?: ReferentialAction
    /** The column's type in the database where it does not follow from the schema, as in `decimal(10, 2)`. */
    storage?: string
    /** The SQL expression that the database takes where a row has no value, as in `CURRENT_TIMESTAMP`. */
    defaultSql?: string
    /** The SQL expression that is true of each row, as in `price >= 0`. */
    check?: string
    /** What the database itself says of the column, where it can. */
    comment?: string
  }
}

/** What happens to rows that refer to a row that is deleted or gets another key. */
export type ReferentialAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default'

function createAjv(options: { coerceTypes?: 'array' }): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    strictTypes: false,
    useDefaults: true,
    ...options,
  })
  addFormats(ajv)
  for (const keyword of columnKeywords) ajv.addKeyword({ keyword })
  return ajv
}

// Bodies, rows and arguments must arrive in the right type; parts of a URL are always text.
const strict = createAjv({})
const coercing = createAjv({ coerceTypes: 'array' })

/** Compiles `schema` once; later calls for the same schema object return the same function. */
export function compile(schema: object): ValidateFunction {
  return strict.compile(schema)
}

/**
 * Checks `value` against `schema`, filling in defaults.
 *
 * @param subject what the value is, for the error's sentence and as first part of each `loc`
 * @param options `coerce: true` for text from a URL: `'20'` becomes 20
 * @returns the same value, typed
 * @throws ValidationError with all problems at once
 */
export function validate<S extends TSchema>(
  schema: S,
  value: unknown,
  subject: string,
  options: { coerce?: boolean } = {},
): Static<S> {
  // What text was turned into is checked once more: ajv makes Infinity of `1e999` and lets it pass.
  const checks = options.coerce ? [coercing.compile(schema), compile(schema)] : [compile(schema)]
  for (const check of checks) {
    if (!check(value)) {
      throw new ValidationError(subject, invalidValues(check.errors ?? [], [subject]))
    }
  }
  return value as Static<S>
}

/** Turns ajv's errors into ours. Sentences name the rule, never the value that broke it. */
export function invalidValues(
  errors: readonly ErrorObject[],
  prefix: readonly string[],
): InvalidValue[] {
  return errors.map((error) => ({
    loc: [...prefix, ...place(error)],
    msg: sentence(error),
    type: error.keyword,
  }))
}

function place(error: ErrorObject): string[] {
  const path = error.instancePath.split('/').slice(1).map(unescapePointer)
  if (error.keyword === 'required') return [...path, error.params.missingProperty]
  if (error.keyword === 'additionalProperties') return [...path, error.params.additionalProperty]
  return path
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}

function sentence(error: ErrorObject): string {
  if (error.keyword === 'required') return 'is missing'
  if (error.keyword === 'additionalProperties') return 'is not known here'
  return error.message ?? `breaks the rule ${error.keyword}`
}
