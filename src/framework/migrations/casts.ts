import type { Column } from './schema'
import { type TypeParts, typeParts } from './types'

/** A condition in SQL, in which `:column:` is the column and `:pattern` the pattern. */
export interface Condition {
  readonly sql: string
  readonly pattern?: string
}

const number = '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?'
const day = '[0-9]{4}-?(0?[1-9]|1[0-2])-?(0?[1-9]|[12][0-9]|3[01])'
const hour = '[0-9]{1,2}:[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?'
const hex = (count: number) => `[0-9a-fA-F]{${count}}`

/** How texts look that a type takes, and on PostgreSQL, which takes time zones and words for truth. */
const looks: Readonly<Record<string, readonly [usual: string, postgres?: string]>> = {
  integer: ['[+-]?[0-9]+'],
  bigint: ['[+-]?[0-9]+'],
  double: [number],
  decimal: [number],
  boolean: ['[01]', '([01]|[tT](rue)?|[fF](alse)?|[yY](es)?|[nN]o?|on|off)'],
  date: [`${day}([ T]${hour})?`, `${day}([ T].*)?`],
  datetime: [`${day}([ T]${hour})?`, `${day}([ T].*)?`],
  time: [hour],
  uuid: [[8, 4, 4, 4, 12].map(hex).join('-')],
}

const numbers = ['integer', 'bigint', 'double', 'decimal']
const times = ['date', 'datetime', 'time']

/**
 * The condition under which a value of one type can be one of another and stay what it is; undefined
 * where that holds for all values, or cannot be asked.
 *
 * @param driver of the database, as Knex names it
 */
export function fits(from: Column, to: Column, driver: string): Condition | undefined {
  const [before, after] = [typeParts(from.type), typeParts(to.type)]
  if (!after || alwaysFits(before, after)) return undefined
  const range = inRange(after, driver)
  if (before && numbers.includes(before.name) && range) return { sql: range }
  // PostgreSQL cannot be asked before its version 16.
  if (after.name === 'json') return driver === 'pg' ? undefined : { sql: 'json_valid(:column:)' }
  const [usual, own = usual] = looks[after.name] ?? []
  if (usual === undefined) return undefined
  const sql = matches(driver)
  return {
    sql: range === undefined ? sql : `case when ${sql} then ${range} else false end`,
    pattern: `^ *${driver === 'pg' ? own : usual} *$`,
  }
}

function alwaysFits(before: TypeParts | undefined, after: TypeParts): boolean {
  const { name } = before ?? { name: '' }
  if (times.includes(name)) return times.includes(after.name)
  if (!numbers.includes(after.name)) return name === after.name
  const isWider = name === 'integer' && after.name === 'bigint' && !after.unsigned
  return isWider || name === 'boolean' || (numbers.includes(name) && after.name === 'double')
}

/** Whether a number is within the limits of its type, and keeps all its digits. */
function inRange({ name, args, unsigned }: TypeParts, driver: string): string | undefined {
  const value = `cast(${text(driver)} as ${driver === 'mysql2' ? 'decimal(65, 20)' : 'numeric'})`
  if (name === 'decimal') {
    const [digits = 0, scale = 0] = args
    return `abs(${value}) < 1e${digits - scale} and round(${value}, ${scale}) = ${value}`
  }
  if (name !== 'integer' && name !== 'bigint') return undefined
  const largest = 2n ** (name === 'integer' ? 31n : 63n)
  const [low, high] = unsigned ? [0n, largest * 2n - 1n] : [-largest, largest - 1n]
  return `${value} between ${low} and ${high} and floor(${value}) = ${value}`
}

/** The value as a text, whatever its type. */
function text(driver: string): string {
  return `cast(:column: as ${driver === 'mysql2' ? 'char' : 'text'})`
}

function matches(driver: string): string {
  if (driver === 'better-sqlite3') return `${matching}(${text(driver)}, :pattern)`
  return `${text(driver)} ${driver === 'pg' ? '~' : 'regexp'} :pattern`
}

/** The function by which an SQLite of ours knows patterns, since it has none of its own. */
export const matching = 'atelier_matches'
