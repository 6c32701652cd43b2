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

/** The text without what is over so many bytes; no character is cut in two. */
function cut(text: string, bytes: number): string {
  let rest = text
  while (Buffer.byteLength(rest) > bytes) rest = [...rest].slice(0, -1).join('')
  return rest
}

/** Whether a database can have a table or a column of this name. */
export function isUsable(name: string): boolean {
  return name !== '' && Buffer.byteLength(name) <= longest
}
