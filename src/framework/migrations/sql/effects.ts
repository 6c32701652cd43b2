import { bare, type Query, withoutTexts } from './query'
import { kindOf, madeIn, renamedIn } from './statement'

/** Where a question is answered as it would be if what came before had been done. */
export type Source =
  | { readonly from: 'database' | 'copy' }
  /** Rows that are known without asking. */
  | { readonly rows: readonly object[] }
  | { readonly refused: string }

/** What a database has that matters to what statements do. */
export interface Relations {
  readonly tables: readonly string[]
  readonly views: readonly string[]
  readonly hasTriggers: boolean
}

const hasTable = /^select \* from information_schema\.tables where table_name = (\?|\$1)/
const ofSchema = /^(show|describe|desc)\b|\b(information_schema|pg_\w+)\b/i
const ofExistence = /^\s*select\s+(1|count\(\*\))(\s+as\s+\S+)?\s+from\s+\S+(\s+limit\s+\S+)?\s*$/i
const aggregate = /\b(count|max|min|sum|avg|exists|bool_and|bool_or)\s*\(/i

/** What statements that were not run would have done, as far as it matters to later questions. */
export class Effects {
  readonly #driver: string
  readonly #known: Set<string>
  readonly #views: ReadonlySet<string>
  /** What was made, renamed or dropped: the name as it was written, and whether it is there now. */
  readonly #there = new Map<string, { readonly name: string; readonly isThere: boolean }>()
  readonly #empty = new Set<string>()
  readonly #filled = new Set<string>()
  readonly #changed = new Set<string>()
  #hasTriggers: boolean
  #isUpdated = false
  #isMoved = false
  #lost: string | undefined
  /** The statements that changed the schema, or how it may be changed. */
  readonly changes: string[] = []

  constructor(driver: string, { tables, views, hasTriggers }: Relations) {
    this.#driver = driver
    this.#views = new Set(views.map(lower))
    this.#known = new Set([...tables, ...views].map(lower))
    this.#hasTriggers = hasTriggers
  }

  /** Notes a statement, with its values in it. */
  note(sql: string): void {
    const plain = withoutTexts(sql, this.#driver)
    switch (kindOf(bare(sql, this.#driver))) {
      case 'insert':
        for (const one of this.#in(plain)) this.#filled.add(one)
        this.#isMoved ||= this.#hasTriggers
        break
      case 'update':
        this.#isUpdated = true
        this.#isMoved ||= this.#hasTriggers
        break
      // A row that goes may take rows of other tables along.
      case 'delete':
        this.#isMoved = true
        break
      case 'change':
        this.#noteChange(sql, plain)
        break
      case 'setting':
        this.changes.push(sql)
        break
      case 'anything':
        this.#lost ??= sql
    }
  }

  #noteChange(sql: string, plain: string): void {
    if (/^\s*drop\s+(table|view)\b/i.test(plain)) {
      for (const one of this.#in(plain)) this.#there.set(one, { name: one, isThere: false })
    }
    for (const name of madeIn(plain)) {
      if (this.#isThere(name)) continue
      this.#make(name)
      if (!/\b(as|select)\b/i.test(plain)) this.#empty.add(lower(name))
    }
    for (const { from, to } of renamedIn(plain)) {
      this.#there.set(lower(from), { name: from, isThere: false })
      this.#make(to)
    }
    this.#hasTriggers ||= /^\s*create\b.*\btrigger\b/i.test(plain)
    for (const one of this.#in(plain)) this.#changed.add(one)
    this.changes.push(sql)
  }

  #isThere(name: string): boolean {
    return this.#known.has(lower(name)) && (this.#there.get(lower(name))?.isThere ?? true)
  }

  #make(name: string): void {
    this.#there.set(lower(name), { name, isThere: true })
    this.#known.add(lower(name))
    this.#empty.delete(lower(name))
  }

  /** Where a question is to be asked. */
  sourceOf({ sql, bindings = [] }: Query): Source {
    const table = hasTable.test(sql) ? String(bindings[0]) : undefined
    const asked = table === undefined ? this.#in([sql, ...bindings].join(' ')) : [table]
    if (asked.length > 0 && asked.every(isOwn)) return this.#own(table, asked)
    if (this.#lost !== undefined) return { refused: `what it asks for depends on: ${this.#lost}` }
    if (table !== undefined) return this.#existence(table)
    if (!ofSchema.test(bare(sql, this.#driver))) return this.#rows(sql, asked)
    const isAll = asked.length === 0 && this.changes.length > 0
    return { from: isAll || asked.some((one) => this.#changed.has(one)) ? 'copy' : 'database' }
  }

  /** What is pending is not noted in Knex's own tables, and no migration changes what is. */
  #own(table: string | undefined, asked: readonly string[]): Source {
    if (table !== undefined) return this.#existence(table)
    return asked.some((one) => this.#there.has(one)) ? { rows: [] } : { from: 'database' }
  }

  #existence(table: string): Source {
    const noted = this.#there.get(lower(table))
    if (!noted) return { from: 'database' }
    // Whether small and capital letters differ, the database knows.
    if (noted.name !== table) return { from: 'copy' }
    return { rows: noted.isThere ? [{}] : [] }
  }

  #rows(sql: string, asked: readonly string[]): Source {
    const stale = asked.filter((one) => this.#isStale(one, ofExistence.test(sql)))
    if (stale.length === 0) return { from: 'database' }
    const isEmpty = asked.every((one) => this.#empty.has(one) && !this.#filled.has(one))
    if (isEmpty && !this.#isUpdated && !this.#isMoved) {
      return aggregate.test(sql) ? { from: 'copy' } : { rows: [] }
    }
    return {
      refused: `it asks for rows of ${stale.join(', ')} as they are after what comes before`,
    }
  }

  #isStale(table: string, onlyWhether: boolean): boolean {
    if (this.#there.has(table) || this.#filled.has(table) || this.#isMoved) return true
    if (this.#views.has(table)) return this.#isUpdated || this.#filled.size + this.#changed.size > 0
    return !onlyWhether && (this.#isUpdated || this.#changed.has(table))
  }

  /** The tables and views that a text names, or seems to. */
  #in(text: string): string[] {
    const all = lower(text)
    const words = new Set(all.match(/[\p{L}\p{N}_$]+/gu))
    const isNamed = (one: string) => (/^[\w$]+$/.test(one) ? words.has(one) : all.includes(one))
    return [...this.#known].filter(isNamed)
  }
}

function isOwn(table: string): boolean {
  return /^knex_migrations(_lock|_checksums)?$/.test(table)
}

function lower(text: string): string {
  return text.toLowerCase()
}
