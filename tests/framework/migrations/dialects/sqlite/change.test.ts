import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Step } from '../../../../../src/framework/migrations/change'
import { sqlite } from '../../../../../src/framework/migrations/dialects/sqlite'
import { column, index } from '../contract'
import { sqliteSuite } from './place'

const on = { table: 't' }
const a = column('a', 'integer')
const b = column('b', 'text')
const check = { name: 'c', expression: 'a > 0' }

sqliteSuite('Changing tables on SQLite', (place) => {
  const rebuilds = (statements: string[]) =>
    statements.filter((sql) => /^create table `_new_/.test(sql)).length

  const much: Step[] = [
    { op: 'dropIndex', ...on, index: index('i', ['a']) },
    { op: 'dropCheck', ...on, check },
    { op: 'renameColumn', ...on, from: 'a', to: 'x' },
    { op: 'addColumn', ...on, column: column('d', 'integer') },
    { op: 'alterColumn', ...on, from: b, to: { ...b, default: "''" } },
    { op: 'dropColumn', ...on, column: column('c', 'integer') },
    { op: 'addIndex', ...on, index: index('j', ['x', 'd']) },
    { op: 'addCheck', ...on, check: { name: 'c', expression: 'x < 9' } },
  ]

  test('builds a table anew once, whatever the changes, and in any order of tables', async () => {
    for (const name of ['t', 'u'])
      await place().run(
        `create table ${name} (a int, b text, c int, constraint c check (a > 0))`,
        `create index ${name}_i on ${name} (a)`,
      )
    const own = (table: string, step: Step): Step =>
      JSON.parse(
        JSON.stringify(step)
          .replaceAll('"i"', `"${table}_i"`)
          .replaceAll('"j"', `"${table}_j"`)
          .replace('"table":"t"', `"table":"${table}"`),
      )
    const statements = await place().migrate(
      much.flatMap((step) => [own('t', step), own('u', step)]),
    )
    assert.equal(rebuilds(statements), 2)
    for (const name of ['t', 'u']) {
      const { columns, checks } = await place().read(name)
      assert.deepEqual(
        columns.map((one) => one.name),
        ['x', 'b', 'd'],
      )
      assert.deepEqual(checks, [{ name: 'c', expression: 'x < 9' }])
    }
  })

  test('builds no table anew for what SQLite can do by itself', async () => {
    await place().run('create table t (a int)', 'create index i on t (a)')
    const statements = await place().migrate([
      {
        op: 'addColumn',
        ...on,
        column: column('b', 'string(9)', { nullable: false, default: "'it''s ?'" }),
      },
      { op: 'dropIndex', ...on, index: index('i', ['a']) },
      {
        op: 'addIndex',
        ...on,
        index: index('j', ['(a + 1)', 'b'], { unique: true, where: "b <> '?'" }),
      },
      { op: 'renameColumn', ...on, from: 'a', to: 'x' },
      { op: 'renameTable', from: 't', to: 'u' },
      { op: 'commentTable', table: 'u', from: null, to: 'nothing' },
    ])
    assert.equal(rebuilds(statements), 0)
    assert.deepEqual((await place().read('u')).indexes, [
      index('j', ['("x" + 1)', 'b'], { unique: true, where: "b <> '?'" }),
    ])
  })

  test('swaps the names of two columns, with what is on them', async () => {
    await place().run(
      'create table t (a int unique, b int check (b > 5))',
      'insert into t values (1, 9)',
    )
    await place().migrate([
      { op: 'renameColumn', ...on, from: 'a', to: 'aside' },
      { op: 'renameColumn', ...on, from: 'b', to: 'a' },
      { op: 'renameColumn', ...on, from: 'aside', to: 'b' },
      { op: 'addCheck', ...on, check: { name: 'c', expression: 'b < 5' } },
    ])
    assert.deepEqual(await place().db('t'), [{ a: 9, b: 1 }])
    assert.deepEqual((await place().read('t')).indexes[0]?.columns, [
      { name: 'b', descending: false },
    ])
  })

  test('gives a table another name, and then its name to a new one', async () => {
    await place().run(
      'create table t (id integer primary key)',
      'insert into t values (1)',
      'create table refers (t int references t)',
      'insert into refers values (1)',
    )
    await place().migrate([
      { op: 'renameTable', from: 't', to: 'u' },
      { op: 'createTable', table: 't', as: (table) => void table.increments() },
    ])
    assert.deepEqual((await place().read('refers')).foreignKeys[0]?.table, 'u')
    assert.deepEqual([await place().db('t'), await place().db('u')], [[], [{ id: 1 }]])
  })

  const key = { name: null, columns: ['t'], table: 't', references: ['a'] } as const
  const refers = 'create table refers (t int references t (a))'

  test('drops what was named before other things got new names', async () => {
    await place().run('create table t (a int primary key, b text)', refers)
    await place().migrate([
      { op: 'dropForeignKey', table: 'refers', key },
      { op: 'renameColumn', ...on, from: 'a', to: 'x' },
      { op: 'renameTable', from: 't', to: 'u' },
      { op: 'renameTable', from: 'refers', to: 'referred' },
    ])
    assert.deepEqual((await place().read('referred')).foreignKeys, [])
  })

  test('adds what was named before other things got new names', async () => {
    await place().run('create table t (a int primary key, b text)', 'create table refers (t int)')
    await place().migrate([
      { op: 'addForeignKey', table: 'refers', key: { ...key, name: 'k' } },
      { op: 'addColumn', ...on, column: column('c', 'integer') },
      { op: 'addIndex', ...on, index: index('i', ['c', 'a']) },
      { op: 'renameColumn', ...on, from: 'c', to: 'y' },
      { op: 'renameColumn', ...on, from: 'a', to: 'x' },
      { op: 'renameTable', from: 't', to: 'u' },
    ])
    assert.deepEqual((await place().read('refers')).foreignKeys[0]?.references, ['x'])
    assert.deepEqual((await place().read('u')).indexes, [index('i', ['y', 'x'])])
  })

  test('gives a column the name of one that was dropped before', async () => {
    await place().run('create table t (a int, b int)', 'insert into t values (1, 2)')
    await place().migrate([
      { op: 'dropColumn', ...on, column: a },
      { op: 'renameColumn', ...on, from: 'b', to: 'a' },
    ])
    assert.deepEqual(await place().db('t'), [{ a: 2 }])
  })

  test('drops constraints that have no name', async () => {
    await place().run(
      'create table t (a int unique check (a > 0), b int primary key references t (a))',
    )
    const { indexes, checks, foreignKeys, primaryKey } = await place().read('t')
    assert.ok(indexes[0] && checks[0] && foreignKeys[0] && primaryKey)
    await place().migrate([
      { op: 'renameColumn', ...on, from: 'b', to: 'c' },
      { op: 'dropForeignKey', ...on, key: { ...foreignKeys[0], columns: ['c'] } },
      { op: 'dropIndex', ...on, index: { ...indexes[0], name: 'any' } },
      { op: 'dropCheck', ...on, check: checks[0] },
      { op: 'dropPrimaryKey', ...on, key: primaryKey },
    ])
    const after = await place().read('t')
    assert.deepEqual(
      [after.indexes, after.checks, after.foreignKeys, after.primaryKey],
      [[], [], [], null],
    )
  })

  for (const [what, sql, needs] of [
    ['an index', 'create index i on t (b, a)', 'index i of t needs the column a'],
    ['a foreign key', refers, undefined],
    ['a unique constraint', 'create table x (a int)', 'index t_a_b_unique of t needs the column a'],
  ] as const) {
    test(`does not drop a column that ${what} needs`, async () => {
      const constraint = what.startsWith('a unique') ? ', unique (a, b)' : ''
      const keyed = needs === undefined ? 'a int primary key' : 'a int'
      await place().run(`create table t (${keyed}, b text${constraint})`, sql)
      await place().run(
        'insert into t values (1, 2)',
        needs === undefined ? 'insert into refers values (1)' : 'select 1',
      )
      await place().db.migrate.currentVersion()
      const before = await place().everything()
      await assert.rejects(
        place().migrate([{ op: 'dropColumn', ...on, column: a }]),
        new RegExp(needs ?? 'primary key of t needs the column a'),
      )
      assert.deepEqual(await place().everything(), before)
    })
  }

  test('refuses to change what is not as it is said to be', async () => {
    await place().run('create table t (a int)')
    const steps: Step[] = [
      { op: 'alterColumn', ...on, from: b, to: b },
      { op: 'dropColumn', ...on, column: b },
      { op: 'dropIndex', ...on, index: index('i', ['a']) },
      { op: 'dropPrimaryKey', ...on, key: { name: null, columns: ['a'] } },
    ]
    for (const step of steps)
      await assert.rejects(
        place().migrate([step]),
        /The table t is not as this migration expects it/,
      )
  })

  test('refuses a transaction that enforces foreign keys', async () => {
    await place().run('create table t (a int)')
    const work = sqlite.perform(place().db, [{ op: 'addColumn', ...on, column: b }])
    await assert.rejects(work, /transaction: false/)
  })
})
