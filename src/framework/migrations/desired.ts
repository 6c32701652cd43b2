import type { TProperties, TSchema } from 'typebox'
import type { AnyModel } from '../application'
import { countedColumn, type IndexOptions, primaryKeys, type TableOptions } from '../database'
import { ModelError } from '../errors'
import { Type } from '../validation'
import { columnType } from './column-type'
import { defaultOf, literalText, quoteText } from './defaults'
import { isUsable, nameOf } from './names'
import type { Check, Column, ForeignKey, Index, ReferentialAction, Table } from './schema'

/** What a column says of itself beside its type; see the keywords in `validation.ts`. */
interface Said {
  readonly unique?: boolean
  readonly index?: boolean
  readonly references?: string
  readonly onDelete?: ReferentialAction
  readonly onUpdate?: ReferentialAction
  readonly default?: unknown
  readonly defaultSql?: string
  readonly check?: string
  readonly comment?: string
}

/** A model that was made by `table()`. */
type Declared = AnyModel & { readonly columns: TProperties; readonly tableOptions: TableOptions }

/**
 * The tables that models declare, one for each, by name.
 *
 * @param models as `app.models` has them; those that declare no columns are left out
 * @throws ModelError when one cannot be a table, or two are the same one
 */
export function desired(models: readonly AnyModel[]): Table[] {
  const declared = models.filter((model): model is Declared => 'columns' in model)
  const tables = declared.map((model) => readModel(model, declared))
  for (const { name } of tables) {
    if (tables.filter((other) => other.name === name).length > 1) {
      throw new ModelError(`Two models have the table ${name}.`, 'Give one of them another table.')
    }
  }
  return tables.sort((one, other) => (one.name < other.name ? -1 : 1))
}

function readModel(model: Declared, all: readonly Declared[]): Table {
  const { tableName: name, columns, tableOptions } = model
  refuseUnusable('table', name, name)
  const entries = Object.entries(columns) as [string, TSchema & Said][]
  const named = (property: string) => model.propertyNameToColumnName(property)
  const keys = primaryKeys(columns).map(named)
  const own = entries.map(([property, schema]) => ({ name: named(property), schema }))
  const optional = options(tableOptions, name, named)
  return {
    name,
    columns: entries.map(([property]) => readColumn(model, property, all)),
    primaryKey: keys.length > 0 ? { name: nameOf(name, [], 'pkey'), columns: keys } : null,
    indexes: [...own.flatMap((column) => columnIndex(name, column)), ...optional.indexes],
    foreignKeys: [...own.flatMap((column) => columnKey(name, column)), ...optional.foreignKeys],
    checks: [...own.flatMap((column) => columnChecks(name, column)), ...optional.checks],
    comment: tableOptions.comment ?? null,
  }
}

type Own = { readonly name: string; readonly schema: TSchema & Said }

function readColumn(model: Declared, property: string, all: readonly Declared[]): Column {
  const schema = model.columns[property] as TSchema & Said
  const name = model.propertyNameToColumnName(property)
  refuseUnusable('column', name, `${model.tableName}.${name}`)
  const autoIncrement = countedColumn(model.columns) === property
  const isKey = primaryKeys(model.columns).includes(property)
  const { nullable } = columnType(schema, false)
  const type = typeOf(model, property, all)
  const value = schema.defaultSql ?? (schema.default === undefined ? null : given(schema.default))
  refuseDefault(`${model.tableName}.${name}`, type, value)
  return {
    name,
    type,
    nullable: !isKey && (nullable || isOptional(model, property)),
    default: value,
    autoIncrement,
    comment: schema.comment ?? null,
  }
}

/** @throws ModelError for a default that not every database can have */
function refuseDefault(where: string, type: string, value: string | null): void {
  if (value === null) return
  if (type !== 'binary' && (type !== 'json' || literalText(value) !== undefined)) return
  throw new ModelError(
    `The column ${where} has a default that not every database can have: ${value}.`,
    type === 'json' ? 'Give it a value, by `default`.' : 'Let it be optional instead.',
  )
}

function given(value: unknown): string | null {
  return value === null ? null : defaultOf(value)
}

function isOptional({ columns }: Declared, property: string): boolean {
  return !Type.Object(columns).required?.includes(property)
}

/** A column that refers to another has its type: MariaDB wants them alike to the sign. */
function typeOf(model: Declared, property: string, all: readonly Declared[], depth = 0): string {
  const schema = model.columns[property] as TSchema & Said & { storage?: string }
  const [table, column = ''] = schema.references?.split('.') ?? []
  const target = all.find(({ tableName }) => tableName === table)
  const referred = target && propertyOf(target, column)
  if (target && referred !== undefined && schema.storage === undefined && depth < all.length) {
    const counted = countedColumn(target.columns) === referred
    return typeOf(target, referred, all, depth + 1) + (counted ? ' unsigned' : '')
  }
  const isKey = Boolean(schema.unique || schema.index || isInKey(model, property))
  const { type } = columnType(schema, isKey)
  if (type === undefined) {
    throw new ModelError(
      `No type of a database follows from the schema of ${model.tableName}.${property}.`,
      "Say the type, as in `Type.Any({ storage: 'text' })`.",
    )
  }
  return type
}

function propertyOf(model: Declared, column: string): string | undefined {
  return Object.keys(model.columns).find(
    (property) => model.propertyNameToColumnName(property) === column,
  )
}

function isInKey({ columns, tableOptions }: Declared, property: string): boolean {
  const { unique = [], indexes = [] } = tableOptions
  const lists = indexes.map((index) => ('columns' in index ? index.columns : index))
  return [primaryKeys(columns), ...unique, ...lists].flat().includes(property)
}

function columnIndex(table: string, { name, schema }: Own): Index[] {
  const index = (unique: boolean, kind: string) => ({
    name: nameOf(table, [name], kind),
    columns: [{ name, descending: false }],
    unique,
    where: null,
  })
  if (schema.unique) return [index(true, 'unique')]
  return schema.index ? [index(false, 'index')] : []
}

function columnKey(table: string, { name, schema }: Own): ForeignKey[] {
  if (schema.references === undefined) return []
  const [to = '', column, ...rest] = schema.references.split('.')
  if (!to || !column || rest.length > 0) {
    throw new ModelError(
      `The column ${table}.${name} refers to ${schema.references}, which is no column.`,
      "Write the table and its column, as in `references: 'users.id'`.",
    )
  }
  const { onDelete = 'no action', onUpdate = 'no action' } = schema
  const key = { columns: [name], table: to, references: [column], onDelete, onUpdate }
  return [{ name: nameOf(table, [name], 'foreign'), ...key }]
}

/** Only these values; and what the column itself says. */
function columnChecks(table: string, { name, schema }: Own): Check[] {
  const { values } = columnType(schema, false)
  const quoted = `"${name.replaceAll('"', '""')}"`
  const some = values && `${quoted} in (${values.map(quoteText).join(', ')})`
  const check = (expression: string | undefined, ...parts: string[]): Check[] =>
    expression === undefined ? [] : [{ name: nameOf(table, [name, ...parts], 'check'), expression }]
  return [...check(some, 'values'), ...check(schema.check)]
}

function options(
  { unique = [], indexes = [], foreignKeys = [], checks = {} }: TableOptions,
  table: string,
  named: (property: string) => string,
): Pick<Table, 'indexes' | 'foreignKeys' | 'checks'> {
  const all: IndexOptions[] = [
    ...unique.map((columns) => ({ columns, unique: true })),
    ...indexes.map((index) => ('columns' in index ? index : { columns: index })),
  ]
  return {
    indexes: all.map(({ columns, unique: only = false, descending = [], where = null, ...of }) => {
      const kind = only ? 'unique' : 'index'
      const parts = [...columns.map(named), ...(where === null ? [] : ['where'])]
      const ordered = columns.map((property) => ({
        name: named(property),
        descending: descending.includes(property),
      }))
      return { ...of, name: nameOf(table, parts, kind), columns: ordered, unique: only, where }
    }),
    foreignKeys: foreignKeys.map(({ onDelete = 'no action', onUpdate = 'no action', ...key }) => {
      const columns = key.columns.map(named)
      return { ...key, name: nameOf(table, columns, 'foreign'), columns, onDelete, onUpdate }
    }),
    checks: Object.entries(checks).map(([name, expression]) => ({
      name: nameOf(table, [name], 'check'),
      expression,
    })),
  }
}

function refuseUnusable(what: string, name: string, whole: string): void {
  if (isUsable(name)) return
  throw new ModelError(
    `The name of the ${what} ${whole} has ${Buffer.byteLength(name)} bytes; a database takes 1 to 63.`,
    'Give it a shorter name.',
  )
}
