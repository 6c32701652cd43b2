import type { Knex } from 'knex'
import { plain } from '../../apply'
import { plainDefault, quoteText } from '../../defaults'
import type { Check, Column, ForeignKey, Index, Table } from '../../schema'
import { readCreateTable } from '../ddl'
import { Reader, tokenize } from '../tokens'
import { rowsOf } from './rows'
import { quote } from './write'

/** The names of the tables of a database, without views. */
export async function tableNames(db: Knex): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(
    db,
    `select table_name as name from information_schema.tables where table_schema = database()
      and table_type in ('BASE TABLE', 'SYSTEM VERSIONED') order by table_name`,
  )
  return rows.map(({ name }) => name)
}

/**
 * Reads one table, with the indexes that the server made for foreign keys.
 *
 * @throws the database's error when there is none of that name
 */
export async function showTable(db: Knex, name: string): Promise<Table> {
  const [row = {}] = await rowsOf<object>(db, `show create table ${quote(name)}`)
  const [, sql] = Object.values(row)
  return readTable(String(sql))
}

/** Reads what `SHOW CREATE TABLE` shows. */
export function readTable(sql: string): Table {
  const { extra = '', ...table } = readCreateTable(uncommented(sql), { escapes: true })
  const collation = optionOf(extra, 'collate')
  const columns = table.columns.map((column) => plainColumn(column, table.checks, collation))
  const isOwn = (check: Check) => !columns.some((column) => isJsonCheck(check, column))
  return {
    ...table,
    columns,
    indexes: table.indexes.map(({ constraint: _, ...index }) => plainIndex(index)),
    foreignKeys: table.foreignKeys.map(plainKey),
    checks: table.checks.filter(isOwn).map(plainCheck),
    comment: optionOf(extra, 'comment') ?? null,
  }
}

const quoted = /'(?:[^'\\]|\\[\s\S]|'')*'|`(?:[^`]|``)*`|"(?:[^"]|"")*"/

/** What only newer servers understand stands in comments, and is as true as the rest. */
function uncommented(sql: string): string {
  const pieces = new RegExp(`${quoted.source}|/\\*M?!\\d*|\\*/`, 'g')
  return sql.replace(pieces, (piece) => (/^[/*]/.test(piece) ? ' ' : piece))
}

/** An option of a table, as in `COMMENT='people'`. */
function optionOf(options: string, name: string): string | undefined {
  const reader = new Reader(options, tokenize(options, true))
  reader.until(() => reader.sees(name, '=') || reader.sees('partition'))
  return reader.takes(name, '=') ? reader.next().value : undefined
}

const types: readonly (readonly [RegExp, string])[] = [
  [/^int(\(\d+\))?( unsigned)?$/, 'integer$2'],
  [/^bigint(\(\d+\))?( unsigned)?$/, 'bigint$2'],
  [/^decimal\((\d+),(\d+)\)$/, 'decimal($1, $2)'],
  [/^tinyint\(1\)$/, 'boolean'],
  [/^varchar\((\d+)\)$/, 'string($1)'],
  [/^datetime$/, 'datetime(0)'],
  [/^datetime\(6\)$/, 'datetime'],
  [/^char\(36\)$/, 'uuid'],
  [/^blob$/, 'binary'],
]

function plainColumn(
  { extra = '', ...column }: Column,
  checks: readonly Check[],
  collation: string | undefined,
): Column {
  const isJson = checks.some((check) => isJsonCheck(check, { ...column, type: 'json' }))
  const found = types.find(([pattern]) => pattern.test(column.type))
  const type = isJson ? 'json' : found ? column.type.replace(...found) : column.type
  const own = ownExtra(extra, isJson, collation)
  return {
    ...column,
    type,
    default: column.default === null ? null : plainDefault(type, plainText(column.default)),
    ...(own && { extra: own }),
  }
}

/** MariaDB has no type for JSON, but a check on a text, that has no name. */
function isJsonCheck({ name, expression }: Check, column: Column): boolean {
  const valid = `json_valid(${quote(column.name)})`
  return column.type === 'json' && name === null && plain(expression) === plain(valid)
}

/** Without what the table, or the type, says already. */
function ownExtra(extra: string, isJson: boolean, collation: string | undefined): string {
  const [said = '', own] = /^(?:character set \w+ ?)?(?:collate (\w+) ?)?/i.exec(extra) ?? []
  return isJson || own === collation ? extra.slice(said.length) : extra
}

/** A text without MySQL's `_utf8mb4` before it, or an expression. */
function plainText(sql: string): string {
  const tokens = tokenize(sql, true)
  const [text, ...rest] = tokens[0]?.value.startsWith('_') ? tokens.slice(1) : tokens
  return text?.kind === 'text' && rest.length === 0 ? quoteText(text.value) : plainSql(sql)
}

/** An expression whose texts are in quotes that are doubled within, and where nothing escapes. */
export function plainSql(sql: string): string {
  return tokenize(sql, true).reduceRight(
    (all, { kind, value, start, end }) =>
      kind === 'text' ? all.slice(0, start) + quoteText(value) + all.slice(end) : all,
    sql,
  )
}

function plainCheck({ name, expression }: Check): Check {
  return { name, expression: plainSql(expression) }
}

/** MySQL shows an expression in brackets of its own. */
function plainIndex(index: Index): Index {
  const columns = index.columns.map(({ name, descending }) => ({
    name: name.replace(/^\((\([\s\S]*\))\)$/, '$1'),
    descending,
  }))
  return { ...index, columns }
}

/** Here, to restrict is to take no action, and the server does not say which it was. */
export function plainKey(key: ForeignKey): ForeignKey {
  const { onDelete, onUpdate } = key
  return {
    ...key,
    onDelete: onDelete === 'restrict' ? 'no action' : onDelete,
    onUpdate: onUpdate === 'restrict' ? 'no action' : onUpdate,
  }
}

/** A table as it was declared: foreign keys need an index, and the server makes it. */
export function withoutKeyIndexes(table: Table): Table {
  const isOwn = (index: Index) => !table.foreignKeys.some((key) => isIndexOf(key, index))
  return {
    ...table,
    indexes: table.indexes.filter(isOwn),
    foreignKeys: [...table.foreignKeys].sort(byName),
  }
}

function byName(one: ForeignKey, other: ForeignKey): number {
  return (one.name ?? '') < (other.name ?? '') ? -1 : 1
}

/** Whether the server made the index for the key: by its name, or its column's if it has none. */
export function isIndexOf(key: ForeignKey, { name, unique, columns }: Index): boolean {
  const isNamed =
    name === key.name || (/_ibfk_\d+$/.test(key.name ?? '') && name === key.columns[0])
  const names = columns.map((column) => (column.descending ? '' : column.name))
  return isNamed && !unique && names.join('\0') === key.columns.join('\0')
}
