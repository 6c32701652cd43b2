import { createHash } from 'node:crypto'

// PostgreSQL cuts names after so many bytes, and then takes two long ones for the same.
const longest = 63

/**
 * The name of an index or a constraint, alike on every database: what it belongs to and what it is,
 * as in `users_email_unique`. A long one is cut and ends in a hash of the whole.
 */
export function nameOf(table: string, parts: readonly string[], kind: string): string {
  const whole = [table, ...parts, kind]
    .join('_')
    .replaceAll(/[\s.-]/g, '_')
    .toLowerCase()
  if (Buffer.byteLength(whole) <= longest) return whole
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 8)
  return `${cut(whole, longest - hash.length - 1)}_${hash}`
}

/** The same name with a number, for where it is taken. */
export function numbered(name: string, count: number): string {
  const end = `_${count}`
  return cut(name, longest - end.length) + end
}

/** The text without what is over so many bytes; no character is cut in two. */
function cut(text: string, bytes: number): string {
  let rest = text
  while (Buffer.byteLength(rest) > bytes) rest = [...rest].slice(0, -1).join('')
  return rest
}

/** Why no database can have a table or a column of this name, or Knex cannot say it. */
export function flawOf(name: string): string | undefined {
  const bytes = Buffer.byteLength(name)
  if (bytes === 0 || bytes > longest) return `has ${bytes} bytes; a database takes 1 to ${longest}`
  if (name.includes('.')) return 'has a dot, which Knex takes for the end of a schema'
  return / as /i.test(name)
    ? 'has an `as`, which Knex takes for the start of another name'
    : undefined
}
