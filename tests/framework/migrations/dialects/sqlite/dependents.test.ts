import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Step } from '../../../../../src/framework/migrations/change'
import { column, index } from '../contract'
import { sqliteSuite } from './place'

const rebuilds: Step = {
  op: 'addCheck',
  table: 't',
  check: { name: 'always', expression: '1 = 1' },
}
const drops = (name: string): Step => ({
  op: 'dropColumn',
  table: 't',
  column: column(name, 'integer'),
})

sqliteSuite('Triggers and views of a table that is built anew', (place) => {
  const made = ['create table t (id integer primary key, a int, b int)', 'create table log (what)']

  test('work as before, and are written as before', async () => {
    await place().run(
      ...made,
      'create trigger one after insert on t when new.a > 0 begin insert into log values (new.a); end',
      'create trigger two before update of a on T begin delete from log; end',
      'create trigger three after insert on log begin update t set b = new.what; end',
      'create view v as select a, b from t where a > 0',
      'create view w as select * from v join t on v.a = t.a',
      "create trigger four instead of delete on v begin insert into log values ('v'); end",
    )
    const read = () =>
      place().rows(
        "select name, sql from sqlite_master where type in ('view', 'trigger') order by name",
      )
    const before = await read()
    await place().migrate([rebuilds])
    assert.deepEqual(await read(), before)
    await place().run('insert into t values (1, 2, 3)', 'delete from v')
    assert.deepEqual(await place().rows('select * from log'), [[2], ['v']])
    assert.deepEqual(await place().rows('select * from v'), [[2, 'v']])
  })

  for (const [what, sql, why] of [
    ['a view', 'create view v as select a + b from t', 'view v would .*no such column: b'],
    ['a view on a view', 'create view v as select * from (select b from t)', 'view v would '],
    [
      'a trigger on it',
      'create trigger v after insert on t begin insert into log values (new.b); end',
      'trigger v would .*no such column: new.b',
    ],
    [
      'a trigger for its column',
      'create trigger v before update of b on t begin select 1; end',
      'trigger v would .*no such column: b',
    ],
    [
      'a trigger on another table',
      'create trigger v after delete on log begin update t set b = 1; end',
      'trigger v would .*no such column: b',
    ],
  ] as const) {
    test(`that a column is needed by ${what} is said, and nothing is changed`, async () => {
      await place().run(...made, sql, 'insert into t values (1, 2, 3)')
      await place().db.migrate.currentVersion()
      const before = await place().everything()
      await assert.rejects(place().migrate([drops('b')]), new RegExp(why, 'i'))
      assert.deepEqual(await place().everything(), before)
    })
  }

  test('may be dropped before and made anew after what they stand in the way of', async () => {
    await place().run(...made, 'create view v as select b from t')
    const work = (sql: string) =>
      new Function('knex', `return knex.raw(${JSON.stringify(sql)})`) as () => Promise<unknown>
    await place().migrate([
      work('drop view v'),
      drops('b'),
      work('create view v as select a from t'),
    ])
    assert.deepEqual(await place().rows('select * from v'), [])
  })

  test("that did not work before stand in nobody's way", async () => {
    await place().run(
      ...made,
      'create view v as select x from t',
      'create trigger x after insert on t begin select y from t; end',
    )
    await place().migrate([rebuilds])
    assert.equal((await place().read('t')).checks.length, 1)
  })

  test('follow the new name of a column', async () => {
    await place().run(
      ...made,
      'create index i on t (a) where b > 0',
      'create trigger x after update of a on t begin insert into log select new.a from t; end',
      'create view v as select a from t',
      'create table refers (a int references t (id))',
      'insert into t values (1, 2, 3)',
    )
    await place().migrate([
      { op: 'renameColumn', table: 't', from: 'a', to: 'the "a"' },
      { op: 'renameColumn', table: 't', from: 'id', to: 'key' },
      rebuilds,
    ])
    await place().run(`update t set "the ""a""" = 7`)
    assert.deepEqual(await place().rows('select * from log'), [[7]])
    assert.deepEqual(await place().rows('select * from v'), [[7]])
    assert.deepEqual((await place().read('t')).indexes, [
      index('i', ['the "a"'], { where: 'b > 0' }),
    ])
    assert.deepEqual((await place().read('refers')).foreignKeys[0]?.references, ['key'])
  })
})
