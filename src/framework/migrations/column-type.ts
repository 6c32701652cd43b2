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
  const members = membersOf(schema)
  const others = members.filter((one) => one.type !== 'null')
  const [storage] = [schema as Json, ...others].flatMap((one) => one.storage ?? [])
  const given = others.flatMap(valuesOf)
  const nullable = others.length < members.length || given.includes(null)
  const values = textsOf(given)
  if (storage !== undefined) return { type: written(storage), nullable, ...(values && { values }) }
  if (values) return { type: 'string(255)', nullable, values }
  const types = new Set(others.map((one) => plainType(one, isKey)))
  return { type: types.size === 1 ? [...types][0] : undefined, nullable }
}

/** What a value may be, of unions within unions too. */
function membersOf(schema: TSchema): Json[] {
  const { anyOf } = schema as Json
  return anyOf ? anyOf.flatMap(membersOf) : [schema as Json]
}

/** The only values that a schema takes; undefined among them when it takes others too. */
function valuesOf({ const: only, enum: some }: Json): readonly unknown[] {
  return some ?? [only]
}

function textsOf(given: readonly unknown[]): readonly string[] | undefined {
  const values = given.filter((value) => value !== null)
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
  switch (kindOf(schema)) {
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

/** The type of JSON that a schema says, or that of the values that it lists. */
function kindOf(schema: Json): unknown {
  const values = valuesOf(schema).filter((value) => value !== null)
  if (values.every((value) => Number.isInteger(value))) return 'integer'
  if (schema.type !== undefined) return schema.type
  const [kind, ...others] = new Set(values.map((value) => typeof value))
  return others.length === 0 ? kind : undefined
}

function textType({ maxLength }: Json, isKey: boolean): string {
  if (maxLength !== undefined && maxLength <= longestString) return `string(${maxLength})`
  return isKey ? 'string(255)' : 'text'
}

function isLarge(schema: Json): boolean {
  const { minimum = 0, maximum = 0 } = schema
  const numbers = [minimum, maximum, ...valuesOf(schema).map(Number).filter(Number.isFinite)]
  return numbers.some((number) => number > largestInteger || number < -largestInteger - 1)
}

/** Words that mean the same on every database. */
const synonyms: readonly (readonly [RegExp, string])[] = [
  [/^(varchar|character varying)(?=\()/, 'string'],
  [/^(numeric|dec)(?=\()/, 'decimal'],
  [/^int\b/, 'integer'],
  [/^bool$/, 'boolean'],
  [/^double precision$/, 'double'],
]

/** As the schema of tables writes it: `DECIMAL(10,2)` is `decimal(10, 2)`. */
function written(storage: string): string {
  const lower = storage.trim().toLowerCase().replaceAll(/\s+/g, ' ')
  const spaced = lower
    .replaceAll(/ ?([(),]) ?/g, '$1')
    .replaceAll(',', ', ')
    .replace(')u', ') u')
  const type = synonyms.reduce((text, synonym) => text.replace(...synonym), spaced)
  return typeParts(type) ? type : storage.trim()
}
