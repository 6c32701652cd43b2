import { inspect } from 'node:util'
import { escapeCredentials, hidePassword } from './credentials'
import type { Setting } from './env'

const schemes = {
  'sqlite:': 'sqlite',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
  'mongodb:': 'mongodb',
  'mongodb+srv:': 'mongodb',
  'redis:': 'redis',
  'rediss:': 'redis',
} as const

/** The kinds of store that a URL can name. */
export type StoreKind = (typeof schemes)[keyof typeof schemes]

/**
 * Where a database or a job store is. Printed, logged or turned into JSON it hides its password;
 * only `reveal()` gives the text that a driver needs.
 */
export class StoreUrl {
  readonly kind: StoreKind
  readonly #text: string

  constructor(kind: StoreKind, text: string) {
    this.kind = kind
    this.#text = text
    Object.freeze(this)
  }

  /** The URL with its password, as drivers take it. For them only. */
  reveal(): string {
    return this.#text
  }

  /** For `sqlite:`, the file's path as written, or `:memory:`; otherwise undefined. */
  get file(): string | undefined {
    if (this.kind !== 'sqlite') return undefined
    return this.#text.replace(/^sqlite:(\/\/(?=\/))?/i, '')
  }

  toString(): string {
    return this.kind === 'sqlite' ? this.#text : hidePassword(this.#text)
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return `StoreUrl(${this.toString()})`
  }
}

/**
 * Reads a store URL. A name or a password that was written with a bare `@` or `%` is escaped
 * first, since that is what people paste.
 *
 * @returns undefined when the text is no URL of a kind in `kinds`
 */
export function parseStoreUrl(text: string, kinds: readonly StoreKind[]): StoreUrl | undefined {
  const scheme = /^[a-z0-9+.-]+:/i.exec(text)?.[0].toLowerCase()
  const kind = schemes[scheme as keyof typeof schemes]
  if (!kind || !kinds.includes(kind)) return undefined
  if (kind === 'sqlite') return sqliteFile.test(text) ? new StoreUrl(kind, text) : undefined
  const escaped = escapeCredentials(text)
  return namesServer(kind, escaped) ? new StoreUrl(kind, escaped) : undefined
}

// `sqlite:file`, `sqlite:/file` and `sqlite:///file`; two slashes would name a host.
const sqliteFile = /^sqlite:(\/\/\/|\/(?!\/)|(?!\/)).+/i

function namesServer(kind: StoreKind, text: string): boolean {
  // MongoDB alone takes several hosts, which no URL of the standard does.
  const single = kind === 'mongodb' ? text.replace(/,[^/?#]*/, '') : text
  if (!URL.canParse(single)) return false
  const { hostname, pathname, searchParams, hash } = new URL(single)
  // An `@` left over means that a password was cut in two, so that nobody can say which is meant.
  const cut = pathname.includes('@') || [...searchParams.keys()].some((key) => key.includes('@'))
  return hostname !== '' && hash === '' && !cut
}

/** A setting that names a store of one of these kinds. */
export function storeUrl(...kinds: StoreKind[]): Setting<StoreUrl> {
  const examples: Record<StoreKind, string> = {
    sqlite: 'sqlite:file.sqlite3',
    postgres: 'postgres://user:password@host/database',
    mysql: 'mysql://user:password@host/database',
    mongodb: 'mongodb://host/database',
    redis: 'redis://host/0',
  }
  return {
    expected: `a URL such as ${kinds.map((kind) => examples[kind]).join(' or ')}`,
    read: (text) => parseStoreUrl(text, kinds),
    show: (text) => `'${hidePassword(text)}'`,
  }
}
