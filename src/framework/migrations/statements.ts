import type { Knex } from 'knex'

const changes =
  /^\s*(alter|call|comment|create|delete|do|drop|grant|insert|merge|rename|replace|revoke|truncate|update|with\b.*\b(insert|update|delete))\b/is
const bookkeeping = /[`"]knex_migrations(_lock|_checksums)?[`"]/
const noted = /[`"]knex_migrations[`"]/
// MariaDB and MySQL end their transaction before they change the schema; no other one begins then.
const committing =
  /^\s*((alter|rename|truncate|grant|revoke)|(create|drop)(?!\s+temporary\s+table))\b/i

/** Listens to a database while it migrates: what the migration that runs has done so far. */
export class Statements {
  readonly #db: Knex
  #kept: string[] = []
  /** Those of the transaction that is open, if one is. */
  #open: string[] | undefined

  constructor(db: Knex) {
    this.#db = db
    db.on('query', this.#hear)
    db.on('query-response', this.#add)
  }

  /** What would stay, if the migration failed now. */
  get kept(): readonly string[] {
    return this.#kept
  }

  stop(): void {
    this.#db.removeListener('query', this.#hear)
    this.#db.removeListener('query-response', this.#add)
  }

  #hear = ({ sql }: Knex.Sql): void => {
    if (/^begin\b/i.test(sql)) this.#open = []
    else if (/^commit\b/i.test(sql)) this.#commit()
    else if (/^rollback(?! to)\b/i.test(sql)) this.#open = undefined
    else if (this.#db.client.driverName === 'mysql2' && committing.test(sql)) this.#commit()
  }

  #add = (_response: unknown, { sql }: Knex.Sql): void => {
    if (!changes.test(sql)) return
    if (noted.test(sql)) this.#begin()
    else if (!bookkeeping.test(sql)) (this.#open ?? this.#kept).push(sql)
  }

  /** Knex has noted a migration, so the next one begins. */
  #begin(): void {
    this.#kept = []
    if (this.#open) this.#open = []
  }

  #commit(): void {
    this.#kept.push(...(this.#open ?? []))
    this.#open = undefined
  }
}
