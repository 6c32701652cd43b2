import type { Check, Column, ForeignKey, Index } from '../../schema'
import { typeParts } from '../../types'
import { tokenize } from '../tokens'

const written: Readonly<Record<string, string>> = {
  integer: 'int',
  uuid: 'char(36)',
  binary: 'blob',
}

/** A column's type as Knex writes it on MariaDB and MySQL. */
export function sqlType(type: string): string {
  const { name, args, unsigned } = typeParts(type) ?? { name: '', args: [] }
  if (name === 'string') return `varchar(${args.join()})`
  if (name === 'datetime') return `datetime(${args[0] ?? 6})`
  const plain = written[name]
  return plain ? `${plain}${unsigned ? ' unsigned' : ''}` : type
}

/** A name as SQL takes it. */
export function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

export function list(names: readonly string[]): string {
  return names.map(quote).join(', ')
}

/** A text as SQL takes it here, where a backslash escapes. */
export function text(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/**
 * An expression of a schema as SQL takes it here, where a name in double quotes would be a text, and
 * a backslash would escape.
 */
export function expression(sql: string): string {
  return tokenize(sql).reduceRight((all, { kind, value, start, end }) => {
    if (kind !== 'name' && kind !== 'text') return all
    return all.slice(0, start) + (kind === 'name' ? quote(value) : text(value)) + all.slice(end)
  }, sql)
}

/** One statement, which the server does as a whole or not at all. */
export function alter(table: string, ...parts: readonly string[]): string {
  return `alter table ${quote(table)} ${parts.join(', ')}`
}

/** Whether the values of a column follow from others. */
export function isGenerated({ extra = '' }: Column): boolean {
  return /\bas\b/i.test(extra)
}

/** The definition of a column. */
export function columnSql(column: Column): string {
  const { name, autoIncrement, comment, extra } = column
  const words = [quote(name), sqlType(autoIncrement ? counted(column.type) : column.type)]
  if (extra) words.push(extra)
  if (!isGenerated(column)) words.push(column.nullable ? 'null' : 'not null')
  if (column.default !== null) words.push(`default ${defaultSql(column.type, column.default)}`)
  if (autoIncrement) words.push('auto_increment')
  if (comment !== null) words.push(`comment ${text(comment)}`)
  return words.join(' ')
}

/** Knex gives no sign to what the database counts, and keys that refer to it must be alike. */
function counted(type: string): string {
  return /^(integer|bigint)$/.test(type) ? `${type} unsigned` : type
}

function defaultSql(type: string, sql: string): string {
  const { name, args } = typeParts(type) ?? { name: '', args: [] }
  if (sql === 'CURRENT_TIMESTAMP' && name === 'datetime') {
    return `current_timestamp(${args[0] ?? 6})`
  }
  // MySQL takes no plain default for a text of any length.
  const isLarge = /^(json|binary|(tiny|medium|long)?(text|blob))$/.test(name || type)
  const isPlain = /^([+-]?[\w.]+|[bx]?'(?:[^']|'')*')$/i.test(sql)
  return isPlain && !isLarge ? expression(sql) : `(${expression(sql)})`
}

/**
 * What adds an index to a table.
 *
 * @throws Error when it is for some rows only
 */
export function indexSql({ name, columns, unique, where }: Index): string {
  if (where !== null) {
    throw new Error(
      `The index ${name} is for some rows only, and MariaDB and MySQL have no partial indexes. ` +
        'Declare it without `where`.',
    )
  }
  const parts = columns.map(
    (column) => indexColumn(column.name) + (column.descending ? ' desc' : ''),
  )
  return `add ${unique ? 'unique index' : 'index'} ${quote(name)} (${parts.join(', ')})`
}

/** A column, the beginning of one, as in `title(10)`, or an expression. */
function indexColumn(name: string): string {
  if (name.startsWith('(')) return name
  const [, column = name, length = ''] = /^([\s\S]*)(\(\d+\))$/.exec(name) ?? []
  return quote(column) + length
}

/** What adds a foreign key to a table. */
export function foreignKeySql(key: ForeignKey): string {
  const { name, columns, references, onDelete, onUpdate } = key
  // As in Knex, what stands before a dot is a database.
  const target = key.table.split('.').map(quote).join('.')
  const actions = `on delete ${onDelete} on update ${onUpdate}`
  const sql = `foreign key (${list(columns)}) references ${target} (${list(references)})`
  return `add ${constraint(name)}${sql} ${actions}`
}

/** What adds a check to a table. */
export function checkSql({ name, expression: sql }: Check): string {
  return `add ${constraint(name)}check (${expression(sql)})`
}

function constraint(name: string | null): string {
  return name === null ? '' : `constraint ${quote(name)} `
}
