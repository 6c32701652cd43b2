import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import createKnex, { type Knex } from 'knex'
import { change, onlyOn, type Step } from '../../../src/framework/migrations/change'
import { dialectOf } from '../../../src/framework/migrations/dialects'
import { freshDatabase, skipWithout } from '../../support/servers'

const databases = {
  SQLite: { kind: undefined, client: 'better-sqlite3', skip: false },
  PostgreSQL: { kind: 'postgres', client: 'pg', skip: skipWithout('postgres') },
  MariaDB: { kind: 'mysql', client: 'mysql2', skip: skipWithout('mysql') },
} as const

const creates: Step = {
  op: 'createTable',
  table: 't',
  as: (table) => {
    table.increments()
    table.string('a', 9)
  },
}
const adds: Step = {
  op: 'addColumn',
  table: 't',
  column: { name: 'b', type: 'integer' },
  fill: '7',
}
const fails: Step = { op: 'dropColumn', table: 't', column: { name: 'nobody', type: 'text' } }

for (const [name, { kind, client, skip }] of Object.entries(databases)) {
  suite(`The steps of a migration on ${name}`, { skip }, () => {
    async function withDatabase(body: (db: Knex) => Promise<void>): Promise<void> {
      const fresh = kind && (await freshDatabase(kind))
      const connection = fresh?.url ?? { filename: ':memory:' }
      const db = createKnex({ client, connection, useNullAsDefault: true })
      try {
        await body(db)
      } finally {
        await db.destroy()
        await fresh?.drop()
      }
    }

    test('are done one after another, work on rows among them', async () => {
      await withDatabase(async (db) => {
        await change(db, [
          creates,
          (knex) => knex('t').insert({ a: 'x' }),
          adds,
          (knex) => knex('t').update({ a: 'y' }),
          { op: 'renameColumn', table: 't', from: 'a', to: 'c' },
          {
            op: 'addIndex',
            table: 't',
            index: { name: 'i', columns: ['b', { name: 'c', descending: true }] },
          },
        ])
        assert.deepEqual(await db('t'), [{ id: 1, c: 'y', b: 7 }])
        const [found] = await dialectOf(db).reflect(db, ['t'])
        assert.deepEqual(
          found?.columns.map(({ nullable }) => nullable),
          [false, true, false],
        )
        assert.equal(found?.indexes[0]?.columns[1]?.descending, true)
      })
    })

    test('may be none', async () => {
      await withDatabase((db) => change(db, []))
    })

    test('say which of them failed', async () => {
      await withDatabase(async (db) => {
        await assert.rejects(change(db, [creates, adds, fails]), (error: Error) => {
          assert.match(error.message, /removed column 't\.nobody'/)
          assert.ok(error.cause instanceof Error)
          return true
        })
        await assert.rejects(
          change(db, [() => Promise.reject(new Error('no rows'))]),
          /^Error: work on the rows: no rows/,
        )
      })
    })

    test('are all undone when one fails, or said to be done where that cannot be', async () => {
      await withDatabase(async (db) => {
        const isUndone = kind !== 'mysql'
        const done = /Done before, and not undone: added table 't'/
        await assert.rejects(
          change(db, [creates, fails]),
          ({ message }: Error) => done.test(message) !== isUndone,
        )
        assert.equal(await db.schema.hasTable('t'), !isUndone)
      })
    })

    // MariaDB commits each of them.
    if (kind !== 'mysql') {
      test('are part of a transaction that is there', async () => {
        await withDatabase(async (db) => {
          const work = async (trx: Knex) => {
            await change(trx, [creates, adds])
            assert.equal(await trx.schema.hasTable('t'), true)
            throw new Error('undo')
          }
          const options = { enforceForeignCheck: false } as Knex.TransactionConfig
          await assert.rejects(db.transaction(work, options), /undo/)
          assert.equal(await db.schema.hasTable('t'), false)
        })
      })
    }

    test('may be for one database only', async () => {
      await withDatabase(async (db) => {
        const here = dialectOf(db).name
        const elsewhere = here === 'mysql' ? 'sqlite' : 'mysql'
        assert.doesNotThrow(() => onlyOn(db, here))
        assert.throws(
          () => onlyOn(db, elsewhere),
          new RegExp(`written for ${elsewhere}.* this is ${here}`),
        )
      })
    })
  })
}
