import { quoteText } from '../defaults'
import type { Check, Column, ForeignKey, Index, IndexColumn, PrimaryKey, Table } from '../schema'
import { Reader, tokenize } from './tokens'

/** What the parts of a CREATE TABLE statement have said so far. */
export interface Draft {
  columns: Column[]
  primaryKey: PrimaryKey | null
  indexes: Index[]
  foreignKeys: ForeignKey[]
  checks: Check[]
}

/** A CREATE TABLE statement, taken apart. */
interface Statement {
  readonly name: string
  readonly parts: readonly Reader[]
  /** What comes after the brackets. */
  readonly extra: string
}

function takeApart(sql: string, escapes: boolean): Statement {
  const reader = new Reader(sql, tokenize(sql, escapes))
  reader.until(() => reader.sees('table'))
  reader.next()
  reader.takes('if', 'not', 'exists')
  const name = reader.name()
  const parts = reader.brackets().parts()
  return { name, parts, extra: reader.text }
}

function emptyDraft(): Draft {
  return { columns: [], primaryKey: null, indexes: [], foreignKeys: [], checks: [] }
}

/**
 * Reads the CREATE TABLE statement that SQLite keeps, or that MariaDB and MySQL show. Types and
 * defaults stay as the statement has them.
 *
 * @param options.escapes whether a backslash escapes in a text, as in MariaDB and MySQL
 */
export function readCreateTable(sql: string, { escapes = false } = {}): Table {
  const { name, parts, extra } = takeApart(sql, escapes)
  const draft = emptyDraft()
  for (const part of parts) readPart(part, draft)
  return { name, ...settled(draft), comment: null, ...(extra && { extra }) }
}

/** The parts of a CREATE TABLE statement of SQLite: the text of each, and what it says. */
export function readParts(sql: string): { text: string; said: Draft }[] {
  return takeApart(sql, false).parts.map((part) => {
    const { text } = part
    const said = emptyDraft()
    readPart(part, said)
    return { text, said }
  })
}

/** No value of a primary key is absent, whether the statement says so or not. */
function settled(draft: Draft): Draft {
  const keys = draft.primaryKey?.columns ?? []
  const columns = draft.columns.map((column) =>
    keys.includes(column.name) ? { ...column, nullable: false } : column,
  )
  return { ...draft, columns }
}

function readPart(part: Reader, draft: Draft): void {
  const name = part.takes('constraint') ? part.name() : null
  if (part.takes('primary', 'key')) {
    draft.primaryKey = { name, columns: names(toBrackets(part)) }
  } else if (part.takes('unique')) {
    draft.indexes.push(readIndex(part, true, name))
  } else if (isIndex(part)) {
    part.next()
    draft.indexes.push(readIndex(part, false, name))
  } else if (isOther(part)) {
    // Nothing of Knex's, and left alone.
  } else if (part.takes('foreign', 'key')) {
    const columns = names(toBrackets(part))
    part.takes('references')
    draft.foreignKeys.push({ name, columns, ...readReferences(part) })
  } else if (part.takes('check')) {
    draft.checks.push({ name, expression: part.brackets().text })
  } else {
    readColumn(part, draft)
  }
}

/** SQLite has columns of this name, and no such indexes within. */
function isIndex(part: Reader): boolean {
  const after = part.peek(1)
  const isNamed = after?.kind === 'name' || after?.value === '('
  return isNamed && (part.sees('key') || part.sees('index'))
}

/** What only MariaDB and MySQL have: indexes of other kinds, and the time for which a row is true. */
function isOther(part: Reader): boolean {
  const isIndex = ['fulltext', 'spatial', 'vector'].some((kind) => part.sees(kind, 'key'))
  return isIndex || part.sees('period', 'for')
}

/** A key may have a name before its columns. */
function readIndex(part: Reader, unique: boolean, constraint: string | null): Index {
  if (part.sees('key') || part.sees('index')) part.next()
  const name = part.sees('(') ? constraint : part.name()
  const columns = indexColumns(toBrackets(part))
  return { name: name ?? '', columns, unique, where: null, constraint: true }
}

function toBrackets(part: Reader): Reader {
  part.until(() => part.sees('('))
  return part.brackets()
}

function names(list: Reader): string[] {
  return indexColumns(list).map(({ name }) => name)
}

/** The columns of an index: names, or expressions in brackets, each with its order. */
export function indexColumns(list: Reader): IndexColumn[] {
  return list.parts().map((part) => {
    const name = isName(part)
      ? part.name()
      : `(${part.upTo(() => part.sees('asc') || part.sees('desc')).bare().text})`
    const rest = part.until(() => part.sees('desc'))
    // The length of a prefix belongs to the name.
    const prefix = /^\(\d+\)/.exec(rest)?.[0] ?? ''
    return { name: name + prefix, descending: part.sees('desc') }
  })
}

/** Whether no more is said than a name, its order, and the length of a prefix. */
function isName(part: Reader): boolean {
  if (part.peek()?.kind === 'symbol') return false
  const after = part.peek(1)?.value
  if (after === '(') return /^\d+$/.test(part.peek(2)?.value ?? '')
  return after === undefined || ['asc', 'desc', 'collate'].includes(after)
}

function readReferences(part: Reader): Omit<ForeignKey, 'name' | 'columns'> {
  const first = part.name()
  const table = part.takes('.') ? `${first}.${part.name()}` : first
  const references = part.sees('(') ? names(part.brackets()) : []
  const key = { table, references, onDelete: 'no action', onUpdate: 'no action' }
  for (;;) {
    if (part.takes('match')) part.next()
    else if (part.takes('on', 'delete')) key.onDelete = readAction(part)
    else if (part.takes('on', 'update')) key.onUpdate = readAction(part)
    else break
  }
  const extra = readDeferral(part)
  return { ...key, ...(extra && { extra }) } as Omit<ForeignKey, 'name' | 'columns'>
}

/** When the key is checked. */
function readDeferral(part: Reader): string {
  const words = ['not deferrable', 'deferrable', 'initially deferred', 'initially immediate']
  return words.filter((some) => part.takes(...some.split(' '))).join(' ')
}

function readAction(part: Reader): string {
  const first = part.next().value
  return first === 'set' || first === 'no' ? `${first} ${part.next().value}` : first
}

const clauses = [
  'constraint primary not null unique check default collate references generated as',
  'auto_increment autoincrement comment on invisible stored virtual',
]
  .join(' ')
  .split(' ')

/** Where a clause of a column begins, its type or the clause before ends. */
function atClause(part: Reader): boolean {
  const token = part.peek()
  if (part.sees('character', 'set')) return true
  return token?.kind === 'word' && clauses.includes(token.value)
}

function readColumn(part: Reader, draft: Draft): void {
  const name = part.name()
  const type = part.until(() => atClause(part))
  const column = { name, type, nullable: true, default: null, autoIncrement: false, comment: null }
  const extras: string[] = []
  let said: Partial<Column> = {}
  while (!part.done) {
    const constraint = part.takes('constraint') ? part.name() : null
    const clause = readClause(part, name, constraint, draft)
    // What SQLite does instead of an error stays with a column as long as it stays as it is.
    if (part.takes('on', 'conflict')) part.next()
    if (typeof clause === 'string') extras.push(clause)
    else said = { ...said, ...clause }
  }
  const extra = extras.join(' ')
  draft.columns.push({ ...column, ...said, ...(extra && { extra }) })
}

/** @returns what it says of the column itself, or its SQL when that is for this database only */
function readClause(
  part: Reader,
  column: string,
  name: string | null,
  draft: Draft,
): Partial<Column> | string {
  if (part.takes('not', 'null')) return { nullable: false }
  if (part.takes('null')) return {}
  if (part.takes('auto_increment') || part.takes('autoincrement')) return { autoIncrement: true }
  if (part.takes('comment')) return { comment: part.next().value }
  if (part.takes('default')) return { default: readDefault(part) }
  if (part.takes('primary', 'key')) {
    draft.primaryKey = { name, columns: [column] }
    part.until(() => atClause(part))
  } else if (part.takes('unique')) {
    const columns = [{ name: column, descending: false }]
    draft.indexes.push({ name: name ?? '', columns, unique: true, where: null, constraint: true })
  } else if (part.takes('check')) {
    draft.checks.push({ name, expression: part.brackets().text })
  } else if (part.takes('references')) {
    draft.foreignKeys.push({ name, columns: [column], ...readReferences(part) })
  } else {
    return readExtra(part)
  }
  return {}
}

/** An expression in brackets stands without them, unless it is MariaDB's way of calling a function. */
function readDefault(part: Reader): string | null {
  if (part.sees('(')) return part.brackets().bare().text
  if (part.takes('null')) return null
  // SQLite takes a name here for a text.
  if (part.peek()?.kind === 'name') return quoteText(part.name())
  const sign = part.sees('-') || part.sees('+') ? part.next().value : ''
  return sign + part.until(() => atClause(part))
}

function readExtra(part: Reader): string {
  const from = part.text
  part.next()
  part.until(() => atClause(part) && !part.sees('on') && !part.sees('null'))
  return from.slice(0, from.length - part.text.length).trim()
}
