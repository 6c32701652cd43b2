import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTable } from '../../../../../src/framework/migrations/calls'
import { postgres } from '../../../../../src/framework/migrations/dialects/postgres'
import { column, index, table } from '../contract'
import { key, postgresSuite, referring } from './place'

postgresSuite('Rehearsing tables on PostgreSQL', (shop) => {
  const rich = table(
    'rich',
    [
      column('kind', 'string(9)', { nullable: false, default: "'a'", comment: 'what' }),
      column('big', 'bigint', { nullable: false, autoIncrement: true }),
      column('at', 'datetime(3)', { default: 'CURRENT_TIMESTAMP' }),
    ],
    {
      indexes: [index('rich_kind', ['kind'], { unique: true })],
      checks: [{ name: 'rich_check', expression: `kind in ('a', 'b') and "big" > 0` }],
      comment: 'all sorts',
    },
  )

  test('it gives to the letter what is then built, without traces of the place', async () => {
    const circle = [referring('one', 'two'), referring('two', 'one')]
    const rehearsed = await postgres.rehearse(shop.db, [...circle, rich])
    for (const one of [...circle, rich]) await createTable(shop.db, { ...one, foreignKeys: [] })
    await shop.perform(
      { op: 'addForeignKey', table: 'one', key: key('two') },
      { op: 'addForeignKey', table: 'two', key: key('one') },
    )
    assert.deepEqual(rehearsed, await postgres.reflect(shop.db))
  })

  test('indexes that Knex cannot make are rehearsed too', async () => {
    const some = index('some', ['other_id'], { where: 'other_id > 0' })
    const indexes = [some, { ...some, name: 'z', where: null }]
    const [found] = await postgres.rehearse(shop.db, [{ ...referring('one', 'one'), indexes }])
    assert.deepEqual(
      found?.indexes.map(({ where }) => where),
      ['other_id > 0', null],
    )
  })

  test('keys to tables that are not rehearsed come back as they were given', async () => {
    const [found] = await postgres.rehearse(shop.db, [referring('one', 'elsewhere')])
    assert.deepEqual(found?.foreignKeys, [key('elsewhere')])
  })

  test('it needs no right but that to temporary tables, and leaves nothing', async () => {
    await shop.tryOut(async (trx) => {
      const guest = `guest_${process.pid}`
      await trx.raw(`create role ${guest}; grant usage on schema shop to ${guest};
        set local role ${guest}`)
      await assert.rejects(
        trx.transaction((inner) => inner.raw('create table t (id int)')),
        /permission denied/,
      )
      assert.equal((await postgres.rehearse(trx, [rich])).length, 1)
      const { rows } = await trx.raw("select relname from pg_class where relname like 'rich%'")
      assert.deepEqual(rows, [])
    })
  })

  test('the search path is afterwards what it was', async () => {
    await shop.tryOut(async (trx) => {
      const before = await trx.raw('show search_path')
      await postgres.rehearse(trx, [rich])
      assert.deepEqual((await trx.raw('show search_path')).rows, before.rows)
    })
  })

  test('what the database refuses is its error', async () => {
    const wrong = table('wrong', [column('a', 'no_such_type')])
    await assert.rejects(postgres.rehearse(shop.db, [rich, wrong]), /"no_such_type" does not exist/)
    assert.equal((await postgres.rehearse(shop.db, [rich])).length, 1)
  })
})
