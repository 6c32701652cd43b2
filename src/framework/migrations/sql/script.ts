import { bare } from './query'

/** SQL that is to be run by hand: statements and comments, in their order. */
export class Script {
  readonly #driver: string
  #parts: string[] = []

  constructor(driver: string) {
    this.#driver = driver
  }

  get length(): number {
    return this.#parts.length
  }

  /** Adds one statement, as Knex would send it. */
  add(sql: string): void {
    const plain = sql.trim().replace(/[;\s]+$/, '')
    if (/^(begin|commit|rollback)$/i.test(plain)) this.#parts.push(`${plain.toLowerCase()};`)
    else this.#parts.push(this.#ended(plain))
  }

  comment(text: string): void {
    this.#parts.push(text.trim().replace(/^/gm, '-- '))
  }

  /** Forgets what came after the first so many. */
  cut(length: number): void {
    this.#parts = this.#parts.slice(0, length)
  }

  toString(): string {
    // A comment begins a paragraph.
    return this.#parts
      .map((part, at) => (at > 0 && isComment(part) ? `\n${part}` : part))
      .join('\n')
  }

  #ended(sql: string): string {
    // The client of MariaDB and MySQL cuts at each semicolon, also within a trigger.
    if (this.#driver === 'mysql2' && bare(sql, this.#driver).includes(';')) {
      return `delimiter ;;\n${sql}\n;;\ndelimiter ;`
    }
    const hasComment = /(--|#)[^\n]*$/.test(sql)
    return hasComment ? `${sql}\n;` : `${sql};`
  }
}

function isComment(part: string): boolean {
  return part.startsWith('-- ')
}
