import assert from 'node:assert/strict'
import { after, afterEach, before, suite } from 'node:test'
import createKnex, { type Knex } from 'knex'
import { execute } from '../../../../../src/framework/migrations/dialects'
import { mysql } from '../../../../../src/framework/migrations/dialects/mysql'
import { quote } from '../../../../../src/framework/migrations/dialects/mysql/write'
import { type Change, reversed } from '../../../../../src/framework/migrations/operations'
import type { Column, Table } from '../../../../../src/framework/migrations/schema'
import { type FreshDatabase, freshDatabase, skipWithout } from '../../../../support/servers'

/** A database of a suite's own, empty before each test. */
export class Place {
  #fresh?: FreshDatabase
  #db?: Knex

  get db(): Knex {
    return this.#db ?? assert.fail('The tests have not begun')
  }

  async open(): Promise<void> {
    this.#fresh = await freshDatabase('mysql')
    this.#db = createKnex({ client: 'mysql2', connection: this.#fresh.url })
  }

  async close(): Promise<void> {
    await this.db.destroy()
    await this.#fresh?.drop()
  }

  /** Runs statements, one after another. */
  async run(...statements: string[]): Promise<void> {
    for (const sql of statements) await this.db.raw(sql)
  }

  async read(name: string): Promise<Table> {
    return (await mysql.reflect(this.db, [name]))[0] ?? assert.fail(`No table ${name}`)
  }

  async column(table: string, name: string): Promise<Column> {
    const { columns } = await this.read(table)
    return columns.find((column) => column.name === name) ?? assert.fail(`No column ${name}`)
  }

  async perform(...changes: Change[]): Promise<void> {
    await mysql.perform(this.db, changes)
  }

  /** Makes changes and undoes them, which must leave the table as it was. @returns it between */
  async thereAndBack(name: string, ...changes: Change[]): Promise<Table> {
    const before = await this.read(name)
    await this.perform(...changes)
    const changed = await this.read(name)
    await this.perform(...(reversed(changes) as Change[]))
    assert.deepEqual(sorted(await this.read(name)), sorted(before))
    return changed
  }

  async clear(): Promise<void> {
    const names = (await mysql.reflect(this.db)).map(({ name }) => name)
    await this.db.transaction(async (trx) => {
      await trx.raw('set foreign_key_checks = 0')
      for (const name of names) await execute(trx, `drop table ${quote(name)}`)
      await trx.raw('set foreign_key_checks = 1')
    })
  }
}

/** A column that is added again is the last. */
function sorted(table: Table): Table {
  const byName = (one: { name: string }, other: { name: string }) =>
    one.name < other.name ? -1 : 1
  return {
    ...table,
    columns: [...table.columns].sort(byName),
    indexes: [...table.indexes].sort(byName),
  }
}

/** A suite that has a place of its own. */
export function mysqlSuite(name: string, tests: (place: Place) => void): void {
  suite(name, { skip: skipWithout('mysql') }, () => {
    const place = new Place()
    before(() => place.open())
    after(() => place.close())
    afterEach(() => place.clear())
    tests(place)
  })
}
