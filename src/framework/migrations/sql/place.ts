import type { Knex } from 'knex'
import type { Query } from './query'

/** A place with the tables of a database, without rows, that nobody else sees. */
export interface Place {
  /** It has one connection, and finds nothing but what is in the copy. */
  readonly db: Knex
  /** A question about the database, as one about the copy. */
  readonly translate: (query: Query) => Query
  /** Removes all of it. */
  readonly close: () => Promise<void>
}
