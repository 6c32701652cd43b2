import { typeParts } from './types'

/** Whether the values of a type are numbers. @param name without its arguments */
export function isNumeric(name: string | undefined): boolean {
  return ['integer', 'bigint', 'double', 'decimal'].includes(name ?? '')
}

const now = /^(current_timestamp|now|localtimestamp|getdate)(\(\d*\))?$/i

/** A text as SQL writes it. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** The text that a quoted SQL literal means; undefined for any other expression. */
export function literalText(sql: string): string | undefined {
  return /^'(?:[^']|'')*'$/.test(sql) ? sql.slice(1, -1).replaceAll("''", "'") : undefined
}

/**
 * Writes a column's default as every database would: numbers and truth without quotes, the present
 * moment as `CURRENT_TIMESTAMP`.
 *
 * @param type as in a schema
 * @param sql as a database has it, texts in quotes that are doubled within
 */
export function plainDefault(type: string, sql: string | null): string | null {
  if (sql === null) return null
  const { name } = typeParts(type) ?? { name: '' }
  const value = literalText(sql) ?? sql
  if (isNumeric(name)) return isNumber(value) ? String(Number(value)) : sql
  if (name === 'boolean') return truth(value) ?? sql
  return now.test(sql) ? 'CURRENT_TIMESTAMP' : sql
}

function isNumber(text: string): boolean {
  return /^[+-]?\d+(\.\d+)?$/.test(text) && Number.isSafeInteger(Math.trunc(Number(text)))
}

function truth(value: string): string | undefined {
  if (/^(1|t|true|b'1')$/i.test(value)) return 'true'
  return /^(0|f|false|b'0')$/i.test(value) ? 'false' : undefined
}

/** A value of JavaScript, or an SQL expression that none stands for. */
export type Value = string | number | boolean | { readonly sql: string }

/** The value that a default of a schema means. */
export function valueOfDefault(sql: string): Value {
  const text = literalText(sql)
  if (text !== undefined) return text
  if (sql === 'true' || sql === 'false') return sql === 'true'
  return isNumber(sql) ? Number(sql) : { sql }
}

/** The default of a schema that means this value. Objects and arrays become JSON. */
export function defaultOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return quoteText(typeof value === 'string' ? value : JSON.stringify(value))
}
