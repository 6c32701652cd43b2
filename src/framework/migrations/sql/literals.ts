import type { Query } from './query'
import { quoted } from './query'

/** What the drivers of PostgreSQL and MariaDB know of writing values. */
interface Writer {
  escapeLiteral(text: string): string
  format(sql: string, values: readonly unknown[]): string
}

/**
 * The SQL with the values in it, which then does what it does with the values beside it.
 *
 * @param connection the driver's own, as Knex holds it
 */
export function inlined(
  { sql, bindings = [] }: Query,
  driver: string,
  connection: unknown,
): string {
  if (bindings.length === 0) return sql
  const writer = connection as Writer
  if (driver === 'mysql2') return writer.format(sql, bindings)
  if (driver === 'pg') {
    return filled(sql, driver, /\$(?<at>\d+)/, (at) => postgresLiteral(bindings[at - 1], writer))
  }
  let last = 0
  return filled(sql, driver, /(?<at>\?)/, () => sqliteLiteral(bindings[last++]))
}

function filled(
  sql: string,
  driver: string,
  place: RegExp,
  valueAt: (at: number) => string,
): string {
  const pieces = new RegExp(`${quoted(driver)}|${place.source}`, 'g')
  return sql.replace(pieces, (piece, ...rest) => {
    const { at } = rest.at(-1) as { at?: string }
    return at === undefined ? piece : valueAt(Number(at))
  })
}

/** Always as a text, whose type the server finds out, as it does with the values of the driver. */
function postgresLiteral(value: unknown, writer: Writer): string {
  const { prepareValue } = require('pg/lib/utils') as { prepareValue(value: unknown): unknown }
  const prepared = prepareValue(value)
  if (prepared === null) return 'null'
  const text = Buffer.isBuffer(prepared) ? `\\x${prepared.toString('hex')}` : String(prepared)
  return writer.escapeLiteral(text).trim()
}

/** The driver gives every number as one with a fraction, and a column for texts keeps that. */
function sqliteLiteral(value: unknown): string {
  if (value === null || value === undefined || Number.isNaN(value)) return 'null'
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'boolean') return sqliteLiteral(Number(value))
  if (value instanceof Date) return sqliteLiteral(value.valueOf())
  if (typeof value === 'number') return realLiteral(value)
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  return textLiteral(String(value))
}

function textLiteral(text: string): string {
  // For SQLite's parser the script ends here.
  if (text.includes('\0')) return `cast(x'${Buffer.from(text).toString('hex')}' as text)`
  const parts = text.split('\r').map((part) => `'${part.replaceAll("'", "''")}'`)
  // Its program leaves out this character at the end of a line.
  return parts.length === 1 ? parts.join() : `(${parts.join(' || char(13) || ')})`
}

function realLiteral(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '9e999' : '-9e999'
  const text = String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}
