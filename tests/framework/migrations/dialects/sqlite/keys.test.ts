import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { change, type Step } from '../../../../../src/framework/migrations/change'
import { column } from '../contract'
import { sqliteSuite } from './place'

/** Nothing that SQLite can do to a table that stays where it is. */
function rebuilds(table: string, expression = '1 = 1'): Step {
  return { op: 'addCheck', table, check: { name: 'always', expression } }
}

const parents = [
  'create table users (id integer primary key, name text)',
  "insert into users values (1, 'ann'), (2, 'bob'), (3, null)",
]

sqliteSuite('Where foreign keys are enforced', (place) => {
  for (const action of ['cascade', 'set null', 'set default', 'restrict', 'no action']) {
    test(`rows that refer with ${action} stay when their parents are built anew`, async () => {
      await place().run(
        ...parents,
        `create table posts (id integer primary key, user_id int default 3 references users on delete ${action})`,
        'insert into posts values (1, 1), (2, 2), (3, null)',
      )
      await place().migrate([rebuilds('users'), rebuilds('posts')])
      assert.deepEqual(await place().rows('select * from posts'), [
        [1, 1],
        [2, 2],
        [3, null],
      ])
      assert.equal((await place().rows('select * from users')).length, 3)
    })
  }

  test('rows that refer to rows of their own table stay', async () => {
    await place().run(
      'create table t (id integer primary key, parent int references t on delete cascade)',
      'insert into t values (1, null), (2, 1), (3, 2)',
    )
    await place().migrate([rebuilds('t')])
    assert.deepEqual(await place().rows('select * from t'), [
      [1, null],
      [2, 1],
      [3, 2],
    ])
    await place().run('delete from t where id = 1')
    assert.deepEqual(await place().rows('select * from t'), [])
  })

  test('rows of tables that refer to one another stay', async () => {
    await place().run(
      'create table a (id integer primary key, b int references b on delete cascade)',
      'create table b (id integer primary key, a int references a on delete cascade)',
      'insert into a values (1, null)',
      'insert into b values (1, 1)',
      'update a set b = 1',
    )
    await place().migrate([rebuilds('a'), rebuilds('b')])
    assert.deepEqual(await place().rows('select a.id, b.a from a join b'), [[1, 1]])
    await place().run('delete from a')
    assert.deepEqual(await place().rows('select * from b'), [])
  })

  test('they are enforced as before as soon as a migration is done', async () => {
    await place().run(...parents, 'create table posts (user_id int references users)')
    await change(place().db, [rebuilds('posts')])
    await assert.rejects(place().run('insert into posts values (9)'), /FOREIGN KEY/)
  })

  test('a transaction of Knex is refused before anything is done', async () => {
    await place().run(
      ...parents,
      'create table posts (user_id int references users on delete cascade)',
      'insert into posts values (1)',
    )
    await place().db.migrate.currentVersion()
    const before = await place().everything()
    for (const step of [rebuilds('posts'), { op: 'dropTable', table: 'users' }] as const) {
      const work = place().migrate([(knex) => knex('posts').delete(), step], {
        transaction: true,
      })
      await assert.rejects(work, /export const config = \{ transaction: false \}/)
      assert.deepEqual(await place().everything(), before)
    }
  })

  test('a transaction of Knex may create tables', async () => {
    await place().migrate(
      [{ op: 'createTable', table: 't', as: (table) => void table.increments() }],
      { transaction: true },
    )
    assert.equal((await place().read('t')).columns.length, 1)
  })

  test('a table to which rows refer is not dropped', async () => {
    await place().run(
      ...parents,
      'create table posts (user_id int references users)',
      'insert into posts values (1)',
    )
    await assert.rejects(
      place().migrate([{ op: 'dropTable', table: 'users' }]),
      /Rows refer to rows that are not there: 1 of posts to users\./,
    )
    assert.equal((await place().rows('select * from users')).length, 3)
  })
})

sqliteSuite('A migration that fails', (place) => {
  const failures: Record<string, [Step, RegExp]> = {
    'a value that is missing': [
      {
        op: 'alterColumn',
        table: 'users',
        from: column('name', 'text'),
        to: column('name', 'text', { nullable: false }),
      },
      /NOT NULL constraint failed/,
    ],
    'a check that a row breaks': [rebuilds('users', 'id < 3'), /CHECK constraint failed: always/],
    'a foreign key that a row breaks': [
      {
        op: 'addForeignKey',
        table: 'users',
        key: { name: 'k', columns: ['id'], table: 'posts', references: ['id'] },
      },
      /1 of users to posts/,
    ],
    'a name that is taken': [{ op: 'renameTable', from: 'users', to: 'posts' }, /already another/],
    'a table that is not there': [rebuilds('nobody'), /The table nobody does not exist/],
    'a check that is no SQL': [rebuilds('users', 'id >'), /syntax error/],
  }
  for (const [what, [step, why]] of Object.entries(failures)) {
    test(`for ${what} leaves everything as it was`, async () => {
      await place().run(
        ...parents,
        'create index users_name on users (name)',
        'create table posts (id integer primary key, user_id int references users on delete cascade)',
        'insert into posts values (1, 1), (2, 2)',
        'create trigger t after insert on users begin update users set name = upper(name); end',
        'create view v as select name from users',
      )
      await place().db.migrate.currentVersion()
      const before = await place().everything()
      const steps: Step[] = [
        { op: 'addColumn', table: 'posts', column: column('more', 'text') },
        rebuilds('posts'),
        { op: 'renameColumn', table: 'users', from: 'name', to: 'nick' },
        { op: 'renameColumn', table: 'users', from: 'nick', to: 'name' },
        step,
      ]
      await assert.rejects(place().migrate(steps), why)
      assert.deepEqual(await place().everything(), before)
    })
  }

  test('because its process is killed leaves the last good state', async () => {
    await place().run(
      'create table t (id integer primary key autoincrement, a text)',
      "insert into t with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000) select i, 'text ' || i from n",
      'create table posts (t int references t on delete cascade)',
      'insert into posts select id from t where id < 100',
    )
    await place().db.migrate.currentVersion()
    const before = await place().everything()
    const script = `
      const knex = require('knex')
      const { change } = require('./src/framework/migrations/change')
      const db = knex({ client: 'better-sqlite3', connection: '${place().file}', useNullAsDefault: true })
      const kill = () => process.kill(process.pid, 'SIGKILL')
      void change(db, [${JSON.stringify(rebuilds('t'))}, kill])`
    const child = spawn(process.execPath, ['-r', './src/framework/register.cjs', '-e', script])
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL'])
    assert.deepEqual(await place().everything(), before)
  })
})
