import type { TSchema } from 'typebox'
import { typeParts } from './types'

// What follows from a length beyond this does not fit into a row of MariaDB.
const longestString = 16_000
const largestInteger = 2_147_483_647

interface Json {
  readonly type?: unknown
  readonly anyOf?: readonly TSchema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly format?: string
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly storage?: string
}

/** What a column's schema says of its type in the database. */
export interface ColumnType {
  /** Undefined when no type follows from the schema. */
  readonly type: string | undefined
  /** Whether it takes null. */
  readonly nullable: boolean
  /** The only values it takes, when they are texts. */
  readonly values?: readonly string[]
}

/** Derives the type of a column from its schema. @param isKey whether it must fit into an index */
export function columnType(schema: TSchema, isKey: boolean): ColumnType {
  const members = (schema as Json).anyOf ?? [schema]
  const others = members.filter((one) => (one as Json).type !== 'null')
  const [storage] = [schema, ...others].flatMap((one) => (one as Json).storage ?? [])
  const nullable = others.length < members.length
  const values = textsOf(others)
  if (storage !== undefined) return { type: written(storage), nullable, ...(values && { values }) }
  if (values) return { type: 'string(255)', nullable, values }
  const types = new Set(others.map((one) => plainType(one as Json, isKey)))
  return { type: types.size === 1 ? [...types][0] : undefined, nullable }
}

function textsOf(schemas: readonly TSchema[]): readonly string[] | undefined {
  const values = schemas.flatMap((one) => {
    const { const: only, enum: some } = one as Json
    return some ?? (only === undefined ? [undefined] : [only])
  })
  const texts = values.filter((value): value is string => typeof value === 'string')
  return texts.length > 0 && texts.length === values.length ? texts : undefined
}

const formats: Readonly<Record<string, string>> = {
  'date-time': 'datetime',
  date: 'date',
  time: 'time',
  uuid: 'uuid',
}

function plainType(schema: Json, isKey: boolean): string | undefined {
  switch (schema.type) {
    case 'string':
      return formats[schema.format ?? ''] ?? textType(schema, isKey)
    case 'integer':
      return isLarge(schema) ? 'bigint' : 'integer'
    case 'number':
      return 'double'
    case 'boolean':
      return 'boolean'
    case 'object':
    case 'array':
      return 'json'
    default:
      return undefined
  }
}

function textType({ maxLength }: Json, isKey: boolean): string {
  if (maxLength !== undefined && maxLength <= longestString) return `string(${maxLength})`
  return isKey ? 'string(255)' : 'text'
}

function isLarge({ minimum = 0, maximum = 0 }: Json): boolean {
  return maximum > largestInteger || minimum < -largestInteger - 1
}

/** As the schema of tables writes it: `DECIMAL(10,2)` is `decimal(10, 2)`. */
function written(storage: string): string {
  const lower = storage.trim().toLowerCase().replaceAll(/\s+/g, ' ')
  const spaced = lower.replaceAll(/\s*,\s*/g, ', ')
  const type = spaced.replace(/^varchar\(/, 'string(').replace(/^numeric\(/, 'decimal(')
  return typeParts(type) ? type : storage.trim()
}
