import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, suite } from 'node:test'
import createKnex, { type Knex } from 'knex'
import { postgres } from '../../../../../src/framework/migrations/dialects/postgres'
import type { Change } from '../../../../../src/framework/migrations/operations'
import type { ForeignKey, Table } from '../../../../../src/framework/migrations/schema'
import { type FreshDatabase, freshDatabase, skipWithout } from '../../../../support/servers'
import { column, table } from '../contract'

/** A database whose search path is the schema `shop`, empty before each test, and `public`. */
export class Shop {
  #fresh?: FreshDatabase
  #db?: Knex

  get db(): Knex {
    return this.#db ?? assert.fail('The tests have not begun')
  }

  get config(): Knex.Config {
    return { client: 'pg', connection: this.#fresh?.url ?? '', searchPath: ['shop', 'public'] }
  }

  async open(): Promise<void> {
    this.#fresh = await freshDatabase('postgres')
    this.#db = createKnex(this.config)
  }

  async close(): Promise<void> {
    await this.db.destroy()
    await this.#fresh?.drop()
  }

  async read(name: string): Promise<Table> {
    return (await postgres.reflect(this.db, [name]))[0] ?? assert.fail(`No table ${name}`)
  }

  async perform(...changes: Change[]): Promise<void> {
    await this.db.transaction((trx) => postgres.perform(trx, changes))
  }

  /** Runs in a transaction that is rolled back. */
  async tryOut(work: (trx: Knex.Transaction) => Promise<void>): Promise<void> {
    const trx = await this.db.transaction()
    try {
      await work(trx)
    } finally {
      await trx.rollback()
    }
  }
}

/** A suite that has a shop of its own. */
export function postgresSuite(name: string, tests: (shop: Shop) => void): void {
  suite(name, { skip: skipWithout('postgres') }, () => {
    const shop = new Shop()
    before(() => shop.open())
    after(() => shop.close())
    beforeEach(() => shop.db.raw('create schema shop'))
    afterEach(() => shop.db.raw('drop schema shop cascade'))
    tests(shop)
  })
}

export function key(to: string): ForeignKey {
  return {
    name: `to_${to}`,
    columns: ['other_id'],
    table: to,
    references: ['id'],
    onDelete: 'restrict',
    onUpdate: 'no action',
  }
}

/** A table with a foreign key. */
export function referring(name: string, to: string): Table {
  return table(name, [column('other_id', 'integer')], { foreignKeys: [key(to)] })
}
