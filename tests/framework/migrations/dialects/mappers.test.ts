import assert from 'node:assert/strict'
import { test } from 'node:test'
import createKnex, { type Knex } from 'knex'
import { knexSnakeCaseMappers } from 'objection'
import { createTable } from '../../../../src/framework/migrations/calls'
import { change } from '../../../../src/framework/migrations/change'
import { dialectOf } from '../../../../src/framework/migrations/dialects'
import { freshDatabase, skipWithout } from '../../../support/servers'
import { column, index, plainOf, table } from './contract'

const lineItems = table('line_items', [column('unit_price', 'decimal(10, 2)')], {
  indexes: [index('line_items_unit_price_index', ['unit_price'])],
  checks: [{ name: 'line_items_unit_price_check', expression: 'unit_price >= 0' }],
})

/** With a Knex that turns names into camel case, and rows too. */
async function mapped(config: Knex.Config): Promise<void> {
  const db = createKnex({ ...config, ...knexSnakeCaseMappers() })
  const read = async () => plainOf((await dialectOf(db).reflect(db, ['line_items']))[0])
  try {
    await createTable(db, lineItems)
    assert.deepEqual(await read(), plainOf(lineItems))
    const [rehearsed] = await dialectOf(db).rehearse(db, [lineItems])
    assert.deepEqual(plainOf(rehearsed), plainOf(lineItems))
    await change(db, [
      { op: 'renameColumn', table: 'line_items', from: 'unit_price', to: 'net_price' },
      { op: 'addColumn', table: 'line_items', column: { name: 'tax_rate', type: 'integer' } },
    ])
    const names = (await read())?.columns.map((one) => one.name)
    assert.deepEqual(names, ['id', 'net_price', 'tax_rate'])
  } finally {
    await db.destroy()
  }
}

test('SQLite: a Knex that maps names sees the names of the database', () =>
  mapped({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
  }))

for (const [title, kind, client] of [
  ['PostgreSQL', 'postgres', 'pg'],
  ['MariaDB', 'mysql', 'mysql2'],
] as const) {
  const skip = skipWithout(kind)
  test(`${title}: a Knex that maps names sees the names of the database`, { skip }, async () => {
    const { url, drop } = await freshDatabase(kind)
    try {
      await mapped({ client, connection: url })
    } finally {
      await drop()
    }
  })
}
