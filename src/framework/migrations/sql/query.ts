/** What Knex sends to a database: its places for values are `?`, on PostgreSQL `$1`. */
export interface Query {
  readonly sql: string
  readonly bindings?: readonly unknown[]
  /** What Knex makes of the answer. */
  readonly method?: string
  /** What the driver answered. */
  response?: unknown
}

const comments = /--[^\n]*|\/\*[\s\S]*?\*\//
const texts: Readonly<Record<string, RegExp>> = {
  'better-sqlite3': /'(?:[^']|'')*'/,
  mysql2: /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|#[^\n]*/,
  pg: /\b[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|(?<![\w$])\$(\w*)\$[\s\S]*?\$\1\$/,
}
const names: Readonly<Record<string, RegExp>> = {
  'better-sqlite3': /"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/,
  mysql2: /`(?:[^`]|``)*`/,
  pg: /"(?:[^"]|"")*"/,
}

/** The source of a pattern that finds texts and comments, in which nothing means anything. */
function quiet(driver: string): string {
  return `${texts[driver]?.source}|${comments.source}`
}

/** The source of a pattern that finds all in which a question mark is no place for a value. */
export function quoted(driver: string): string {
  return `${quiet(driver)}|${names[driver]?.source}`
}

/** The SQL without its texts and comments. */
export function withoutTexts(sql: string, driver: string): string {
  return sql.replace(new RegExp(quiet(driver), 'g'), ' ')
}

/** The SQL without anything that is quoted either. */
export function bare(sql: string, driver: string): string {
  return sql.replace(new RegExp(quoted(driver), 'g'), ' ').trim()
}

const asking = /^[\s(]*(select|show|describe|desc|explain|values|table|with|pragma)\b/i
const doing =
  /\b(insert|update|delete|merge|into|nextval|setval|set_config|get_lock|release_lock|pg_\w*advisory\w*|load_extension)\b/i

/** Whether it only asks. What could also do something does not count. */
export function isRead(sql: string, driver: string): boolean {
  const words = bare(sql, driver)
  if (/^pragma\b/i.test(words)) return !isSetting(words)
  return asking.test(words) && !doing.test(words)
}

const questions = /^pragma\s+(\w+\.)?(\w+_(info|list|xinfo|check)|quick_check)\b/i

function isSetting(pragma: string): boolean {
  return /[=(]|^pragma\s+(\w+\.)?(optimize|wal_checkpoint|incremental_vacuum)/i.test(pragma)
    ? !questions.test(pragma)
    : false
}
