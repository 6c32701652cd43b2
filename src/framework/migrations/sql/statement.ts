/** What a statement does, as far as it matters to what is asked afterwards. */
export type Kind =
  | 'insert'
  | 'update'
  | 'delete'
  /** Changes the schema. */
  | 'change'
  /** Says how the schema may be changed from now on. */
  | 'setting'
  /** Nobody knows what it does, or where what comes after it is done. */
  | 'anything'
  | 'nothing'

const kinds: readonly (readonly [Kind, RegExp])[] = [
  ['setting', /^set\s+(session\s+)?foreign_key_checks\b/i],
  ['anything', /^(rollback|use|do|call|prepare|execute|with|merge)\b/i],
  ['anything', /^set\s+(session\s+|local\s+)?(search_path|schema|role)\b/i],
  ['anything', /^select\b(?!.*\b(nextval|setval|\w*lock)\b)/is],
  ['nothing', /^(begin|start|commit|savepoint|release|set|select|lock|unlock|analyze)\b/i],
  ['insert', /^(insert|copy|load)\b/i],
  ['update', /^update\b/i],
  ['delete', /^(delete|truncate|replace)\b/i],
  ['change', /^/],
]

/** @param sql without anything that is quoted */
export function kindOf(sql: string): Kind {
  const statement = sql.replace(/[;\s]+$/, '')
  const isRoutine = /^create\b.*\b(trigger|procedure|function|event)\b/i.test(statement)
  if (statement.includes(';') && !isRoutine) return 'anything'
  return kinds.find(([, pattern]) => pattern.test(statement))?.[0] ?? 'change'
}

const part = '(?:`[^`]+`|"[^"]+"|[^`"\\s(;,.]+)'
const name = `(?:${part}\\s*\\.\\s*)?(${part})`
const creates = `\\bcreate\\s+(?:\\w+\\s+)*?(?:table|view)\\s+(?:if\\s+not\\s+exists\\s+)?${name}`
const alters = `\\balter\\s+(?:table|view)\\s+(?:if\\s+exists\\s+)?(?:only\\s+)?${name}\\s+rename\\s+(?:to|as)\\s+${name}`
const renames = `\\brename\\s+table\\s+${name}\\s+to\\s+${name}`

/** The names of tables and views that SQL without texts makes. */
export function madeIn(sql: string): string[] {
  return [...sql.matchAll(new RegExp(creates, 'gi'))].map(([, made = '']) => unquoted(made))
}

/** The tables and views that SQL without texts renames. */
export function renamedIn(sql: string): { readonly from: string; readonly to: string }[] {
  return [alters, renames]
    .flatMap((pattern) => [...sql.matchAll(new RegExp(pattern, 'gi'))])
    .map(([, from = '', to = '']) => ({ from: unquoted(from), to: unquoted(to) }))
}

function unquoted(written: string): string {
  return written.replace(/^[`"](.*)[`"]$/, '$1')
}
