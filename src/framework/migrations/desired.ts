import type { TProperties, TSchema } from 'typebox'
import type { AnyModel } from '../application'
import { countedColumn, type IndexOptions, primaryKeys, type TableOptions } from '../database'
import { ModelError } from '../errors'
import { Type } from '../validation'
import { columnType } from './column-type'
import { Names, withNames } from './compare/free-names'
import { defaultOf, literalText, quoteText } from './defaults'
import { flawOf, nameOf } from './names'
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

/** All of them, by the names of their tables. */
type All = ReadonlyMap<string, Declared>

/**
 * The tables that models declare, one for each, by name.
 *
 * @param models as `app.models` has them; those that declare no columns are left out
 * @throws ModelError when one cannot be a table, or two are the same one
 */
export function desired(models: readonly AnyModel[]): Table[] {
  const declared = models.filter((model): model is Declared => 'columns' in model)
  const all = new Map(declared.map((model) => [model.tableName, model]))
  const tables = declared.map((model) => readModel(model, all))
  const twice = declared.find((model) => all.get(model.tableName) !== model)?.tableName
  if (twice !== undefined) {
    throw new ModelError(`Two models have the table ${twice}.`, 'Give one of them another table.')
  }
  const sorted = tables.sort((one, other) => (one.name < other.name ? -1 : 1))
  // A database has one place for names, and `a_b` with c has the names of `a` with b_c.
  const names = new Names()
  for (const table of sorted) names.take(table)
  return sorted.map((table) => withNames(table, (item) => names.free(item)))
}

function readModel(model: Declared, all: All): Table {
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

function readColumn(model: Declared, property: string, all: All): Column {
  const schema = model.columns[property] as TSchema & Said
  const name = model.propertyNameToColumnName(property)
  refuseUnusable('column', name, `${model.tableName}.${name}`)
  const autoIncrement = countedColumn(model.columns) === property
  const isKey = primaryKeys(model.columns).includes(property)
  const { nullable } = columnType(schema, false)
  const type = typeOf(model, property, all)
  const value = schema.defaultSql ?? defaultValue(schema.default, type)
  refuseDefault(`${model.tableName}.${name}`, type, value)
  return {
    name,
    type,
    nullable: !isKey && (nullable || Type.IsOptional(schema)),
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

function defaultValue(value: unknown, type: string): string | null {
  if (value === undefined || value === null) return null
  return type === 'json' ? quoteText(JSON.stringify(value)) : defaultOf(value)
}

/** A column that refers to another has its type: MariaDB wants them alike to the sign. */
function typeOf(model: Declared, property: string, all: All, depth = 0): string {
  const schema = model.columns[property] as TSchema & Said & { storage?: string }
  const [table = '', column = ''] = targetOf(model, property)
  const target = all.get(table)
  const referred = target && propertyOf(target, column)
  if (target && referred !== undefined && schema.storage === undefined && depth < all.size) {
    const counted = countedColumn(target.columns) === referred
    return typeOf(target, referred, all, depth + 1) + (counted ? ' unsigned' : '')
  }
  const isKey = Boolean(schema.unique || schema.index || table || isInKey(model, property))
  const { type } = columnType(schema, isKey)
  if (type === undefined) {
    throw new ModelError(
      `No type of a database follows from the schema of ${model.tableName}.${property}.`,
      "Say the type, as in `Type.Any({ storage: 'text' })`.",
    )
  }
  return type
}

/** The table and the column that a column refers to. */
function targetOf({ columns, tableOptions }: Declared, property: string): readonly string[] {
  const { references } = columns[property] as Said
  if (references !== undefined) return references.split('.')
  const key = tableOptions.foreignKeys?.find((one) => one.columns.includes(property))
  return key ? [key.table, key.references[key.columns.indexOf(property)] ?? ''] : []
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
  const flaw = flawOf(name)
  if (flaw === undefined) return
  throw new ModelError(`The name of the ${what} ${whole} ${flaw}.`, 'Give it another name.')
}
