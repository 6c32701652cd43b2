import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { column, index } from '../contract'
import { readInMemory } from './place'

const names = (items: readonly { name: string | null }[] | undefined) =>
  items?.map(({ name }) => name)

suite('The tables of SQLite', () => {
  test('come by name, without views, virtual tables and those of its own', async () => {
    const found = await readInMemory(
      'create table b (id integer primary key autoincrement)',
      'create table a (id int)',
      'create view v as select 1',
      'create virtual table f using fts5(x)',
      'insert into b values (1)',
      'analyze',
    )
    const own = names(found)?.filter((name) => !name?.startsWith('f_'))
    assert.deepEqual(own, ['a', 'b'])
  })

  test('have names in any case, and all that belongs to them names them alike', async () => {
    const [users, posts] = await readInMemory(
      'create table Users (Id integer primary key, "E-Mail" text)',
      'create unique index USERS_MAIL on USERS ("e-mail")',
      'create table posts (User int references USERS (ID), Title text, unique (title, user))',
    )
    assert.deepEqual([users?.name, names(users?.columns)], ['Users', ['Id', 'E-Mail']])
    assert.deepEqual(users?.indexes, [index('USERS_MAIL', ['E-Mail'], { unique: true })])
    const { table, references, columns } = posts?.foreignKeys[0] ?? assert.fail()
    assert.deepEqual([table, references, columns], ['Users', ['Id'], ['User']])
    assert.deepEqual(names(posts?.indexes[0]?.columns), ['Title', 'User'])
  })

  test('refer to a key where they name no column', async () => {
    const [child] = await readInMemory(
      'create table parent (a int, b int, primary key (b, a))',
      'create table child (x int, y int, foreign key (x, y) references Parent)',
    )
    assert.deepEqual(child?.foreignKeys[0]?.references, ['b', 'a'])
  })

  test('may refer to what is not there', async () => {
    const [child] = await readInMemory('create table child (x int references Nobody (Z))')
    assert.deepEqual(
      [child?.foreignKeys[0]?.table, child?.foreignKeys[0]?.references],
      ['Nobody', ['Z']],
    )
  })

  test('name a unique constraint that has no name alike each time', async () => {
    const sql = 'create table t (a int unique, b int, unique (a, b), constraint c unique (b))'
    const [table] = await readInMemory(sql)
    assert.deepEqual(names(table?.indexes), ['t_a_unique', 't_a_b_unique', 'c'])
    assert.ok(table?.indexes.every(({ constraint }) => constraint))
  })

  test('have the indexes of the tables whose names begin alike apart', async () => {
    const [t, x] = await readInMemory(
      'create table t (a)',
      'create table t_x (a)',
      'create index i on t (a)',
      'create index j on t_x (a)',
    )
    assert.deepEqual([names(t?.indexes), names(x?.indexes)], [['i'], ['j']])
  })

  test('have partial, descending and expression indexes', async () => {
    const [t] = await readInMemory(
      'create table t (a, b)',
      'create unique index if not exists main.[i j] on t (a desc, lower(b), (a + 1)) where a > 0 and b is not null',
    )
    const columns = [
      { name: 'a', descending: true },
      { name: '(lower(b))', descending: false },
      { name: '(a + 1)', descending: false },
    ]
    assert.deepEqual(t?.indexes, [
      { name: 'i j', columns, unique: true, where: 'a > 0 and b is not null' },
    ])
  })

  for (const [sql, type] of [
    ['INT', 'integer'],
    ['varchar ( 20 )', 'varchar ( 20 )'],
    ['VARCHAR(20)', 'string(20)'],
    ['character varying(20)', 'string(20)'],
    ['numeric(10,2)', 'decimal(10, 2)'],
    ['DOUBLE  PRECISION', 'double'],
    ['real', 'double'],
    ['boolean', 'boolean'],
    ['timestamp', 'datetime'],
    ['char(36)', 'uuid'],
    ['json', 'json'],
    ['blob', 'binary'],
    ['geometry', 'geometry'],
    ['', ''],
  ] as const) {
    test(`have the type ${type || 'none'} from: ${sql || 'none'}`, async () => {
      const [t] = await readInMemory(`create table t (a ${sql})`)
      assert.deepEqual(t?.columns, [column('a', type)])
    })
  }

  for (const [type, sql, value] of [
    ['int', "'1'", '1'],
    ['int', '-1', '-1'],
    ['float', '1.50', '1.5'],
    ['float', '-0', '0'],
    ['float', '1e21', '1e21'],
    ['boolean', "'1'", 'true'],
    ['boolean', '0', 'false'],
    ['text', "'1'", "'1'"],
    ['text', "'now()'", "'now()'"],
    ['datetime', 'current_timestamp', 'CURRENT_TIMESTAMP'],
    ['datetime', "(datetime('now'))", "datetime('now')"],
  ] as const) {
    test(`have the default ${value} of ${type} from: ${sql}`, async () => {
      const [t] = await readInMemory(`create table t (a ${type} default ${sql})`)
      assert.equal(t?.columns[0]?.default, value)
    })
  }
})
