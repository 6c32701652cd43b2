import type { Writable } from 'node:stream'
import createKnex, { type Knex } from 'knex'
import type { Application } from '../../application'
import { knexConfig } from '../../database'
import type { Query } from './query'
import { unknownAnswer } from './unknown'

/** A Knex for migrations, and what becomes of what they do with it. */
export interface Recorder {
  readonly db: Knex
  /** Why a migration cannot be shown, even if it took no notice. */
  readonly refusal: Refusal
  close(): Promise<void>
}

/** What a recorder works for: settings, and the database that is not to be changed. */
export type Database = Pick<Application, 'config' | 'db'>

/** Answers a query, with `run` if it is to be run; without a response, nobody knows its answer. */
export type Answer = (
  query: Query,
  connection: unknown,
  run: () => Promise<Query>,
) => Promise<Query>

/** What Knex's clients have beside what their types say. */
interface Inner {
  _query(connection: unknown, query: Query): Promise<Query>
  _stream(connection: unknown, query: Query, stream: Writable): Promise<void>
  processResponse(query: Query, runner: unknown): unknown
}

/** The driver's own name for a kind of database, as in `pg`. */
export function driverOf(db: Knex): string {
  return (db.client as Knex.Client).driverName
}

/** Runs one query on a connection of its own, and gives the driver's answer. */
export async function respond(db: Knex, { sql, bindings }: Query): Promise<unknown> {
  const client = db.client as Knex.Client & Inner
  const connection: unknown = await client.acquireConnection()
  try {
    return (await client._query(connection, { sql, bindings: bindings ?? [] })).response
  } finally {
    await client.releaseConnection(connection)
  }
}

/** The first reason why a migration cannot be shown, if there is one. */
export class Refusal {
  reason: string | undefined

  readonly because = (reason: string): never => {
    this.reason ??= reason
    throw new Error(reason)
  }
}

/**
 * Opens a Knex like the application's, whose queries are answered by `answer`.
 *
 * @param settings what differs from the application's
 */
export function openRecording(
  { config, db }: Database,
  settings: Partial<Knex.Config>,
  { because }: Refusal,
  answer: Answer,
): Knex {
  const Base = db.client.constructor as new (settings: Knex.Config) => Knex.Client & Inner
  class Recording extends Base {
    override async _query(connection: unknown, query: Query): Promise<Query> {
      return answer(query, connection, () => super._query(connection, query))
    }

    /** All rows at once, so that they come from where all others do. */
    override async _stream(connection: unknown, query: Query, stream: Writable): Promise<void> {
      try {
        const answered = await this._query(connection, query)
        const rows = this.processResponse({ ...answered, method: 'select' }, this)
        for (const row of rows as Iterable<unknown>) stream.write(row)
        stream.end()
      } catch (error) {
        stream.destroy(error as Error)
        throw error
      }
    }

    override processResponse(query: Query, runner: unknown): unknown {
      if (query.response !== undefined) return super.processResponse(query, runner)
      return unknownAnswer(() => because(`it uses the answer of: ${query.sql}`))
    }
  }
  const client = Recording as unknown as typeof Knex.Client
  return createKnex({ ...knexConfig(config), ...settings, client })
}
