/** A piece of SQL. */
export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'symbol'
  /** What it means: a word in lower case, a name or a text without its quotes. */
  readonly value: string
  /** Where it stands in the SQL. */
  readonly start: number
  readonly end: number
}

const pieces = [
  ['space', /[ \t\n\f\r]+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ['text', /'(?:[^']|'')*'/y],
  ['name', /"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/y],
  ['word', /[\w$.\u0080-\u{10ffff}]+/uy],
  ['symbol', /[\s\S]/uy],
] as const

// MariaDB and MySQL also escape with a backslash.
const escaped = /'(?:[^'\\]|\\[\s\S]|'')*'/y

/** Cuts SQL into its pieces, without space and comments. @param escapes whether `\'` is a quote */
export function tokenize(sql: string, escapes = false): Token[] {
  const tokens: Token[] = []
  let start = 0
  while (start < sql.length) {
    const [kind, text] = piece(sql, start, escapes)
    const end = start + text.length
    if (kind !== 'space') tokens.push({ kind, value: meaning(kind, text, escapes), start, end })
    start = end
  }
  return tokens
}

function piece(sql: string, start: number, escapes: boolean): [Token['kind'] | 'space', string] {
  for (const [kind, usual] of pieces) {
    const pattern = kind === 'text' && escapes ? escaped : usual
    pattern.lastIndex = start
    const text = pattern.exec(sql)?.[0]
    if (text) return [kind, text]
  }
  throw new Error(`No SQL at ${start}: ${sql}`)
}

function meaning(kind: Token['kind'], text: string, escapes: boolean): string {
  if (kind === 'word') return text.toLowerCase()
  if (kind === 'symbol') return text
  const quote = text.at(-1) as string
  const inner = text.slice(1, -1).replaceAll(quote + quote, quote)
  return kind === 'text' && escapes ? unescaped(inner) : inner
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', 0: '\0', Z: '\x1a' }

function unescaped(text: string): string {
  return text.replace(/\\([\s\S])/g, (_, character: string) => escapes[character] ?? character)
}

/** Walks over the tokens of one piece of SQL. */
export class Reader {
  readonly #sql: string
  readonly #tokens: readonly Token[]
  #at: number
  readonly #end: number

  constructor(sql: string, tokens: readonly Token[], at = 0, end = tokens.length) {
    this.#sql = sql
    this.#tokens = tokens
    this.#at = at
    this.#end = end
  }

  get done(): boolean {
    return this.#at >= this.#end
  }

  /** The token that comes next, or the one so many after it. */
  peek(ahead = 0): Token | undefined {
    const at = this.#at + ahead
    return at < this.#end ? this.#tokens[at] : undefined
  }

  next(): Token {
    const token = this.peek()
    if (!token) throw new Error(`The SQL ends too early: ${this.#sql}`)
    this.#at += 1
    return token
  }

  /** Takes a name, in its own case even where it has no quotes. */
  name(): string {
    const { kind, value, start, end } = this.next()
    return kind === 'word' ? this.#sql.slice(start, end) : value
  }

  /** Whether these words or symbols come next. */
  sees(...words: string[]): boolean {
    return words.every((word, ahead) => {
      const token = this.peek(ahead)
      return token?.value === word && (token.kind === 'word' || token.kind === 'symbol')
    })
  }

  /** Takes these words when they come next. @returns whether they did */
  takes(...words: string[]): boolean {
    const seen = this.sees(...words)
    if (seen) this.#at += words.length
    return seen
  }

  /** Takes a bracket with all that is in it. @returns what is in it */
  brackets(): Reader {
    const from = this.#at + 1
    this.#skip()
    return new Reader(this.#sql, this.#tokens, from, this.#at - 1)
  }

  /** What is left, cut at the commas that are in no brackets. */
  parts(): Reader[] {
    const parts: Reader[] = []
    while (!this.done) {
      const from = this.#at
      while (!this.done && !this.sees(',')) this.#skip()
      parts.push(new Reader(this.#sql, this.#tokens, from, this.#at))
      this.takes(',')
    }
    return parts
  }

  /** Takes tokens, brackets as a whole, until `ends` is true. @returns a reader of them */
  upTo(ends: () => boolean): Reader {
    const from = this.#at
    while (!this.done && !ends()) this.#skip()
    return new Reader(this.#sql, this.#tokens, from, this.#at)
  }

  /** As `upTo`, but returns their SQL as it stands. */
  until(ends: () => boolean): string {
    return this.upTo(ends).text
  }

  /** What is left, without brackets around all of it. */
  bare(): Reader {
    if (!this.sees('(')) return this
    const rest = new Reader(this.#sql, this.#tokens, this.#at, this.#end)
    const inner = rest.brackets()
    return rest.done ? inner.bare() : this
  }

  /** The SQL of what is left, as it stands. */
  get text(): string {
    return this.#slice(this.#at, this.#end)
  }

  #skip(): void {
    let depth = 0
    do {
      const { kind, value } = this.next()
      if (kind === 'symbol') depth += value === '(' ? 1 : value === ')' ? -1 : 0
    } while (depth > 0)
  }

  #slice(from: number, to: number): string {
    const [first, last] = [this.#tokens[from], this.#tokens[to - 1]]
    return first && last && from < to ? this.#sql.slice(first.start, last.end) : ''
  }
}
