import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Step } from '../../../../../src/framework/migrations/change'
import { column, index } from '../contract'
import { sqliteSuite } from './place'

/** Nothing that SQLite can do to a table that stays where it is. */
function rebuilds(table: string): Step {
  return { op: 'addCheck', table, check: { name: 'always', expression: '1 = 1' } }
}

const always = ', constraint `always` check (1 = 1))'

sqliteSuite('A table that is built anew', (place) => {
  /** The statement of a table before it is built anew, and afterwards. */
  async function rebuilt(sql: string, name = 't'): Promise<[before: string, after: string]> {
    const read = async () => {
      const [row] = await place().rows(`select sql from sqlite_master where name = '${name}'`)
      return String(row?.[0])
    }
    await place().run(sql)
    const before = await read()
    await place().migrate([rebuilds(name)])
    return [before, await read()]
  }

  for (const [what, columns, extra = ''] of [
    ['types of all kinds', 'a INT PRIMARY KEY, b REAL, c NVARCHAR(20), d "my type", e'],
    ['a key that counts', 'id integer primary key autoincrement, b'],
    ['a key that runs backwards', 'id integer primary key desc, b'],
    ['a named key', 'a text, b text, constraint "the key" primary key (b desc, a)'],
    ['strictness', 'a INT, b REAL, c TEXT, d BLOB, e ANY', ' STRICT'],
    ['a lack of row ids', 'a TEXT PRIMARY KEY, b INT', ' WITHOUT ROWID, STRICT'],
    ['an order of texts', 'a text collate nocase, b text unique collate rtrim'],
    ['a unique constraint without a name', 'a text unique, b, unique (a, b collate nocase desc)'],
    ['a check without a name', "a int check (a > 0), check (a <> 7 and ')' <> '(')"],
    [
      'a foreign key without a name',
      'a int primary key references t on delete cascade, foreign key (a) references t',
    ],
    [
      'foreign keys that wait',
      'a int primary key references t match full on delete set null deferrable initially deferred',
    ],
    [
      'what to do instead of an error',
      'a int not null on conflict replace default 1, b unique on conflict ignore',
    ],
    [
      'generated columns',
      'a int, b int generated always as (a * 2) stored, c as (a + 1), d as (b) virtual not null',
    ],
    [
      'defaults',
      'a default "x", b default current_timestamp, c default -.5, d default 0x10, e default x\'00\', f default (1 + 2), g default 1e21, h default null, i default -0',
    ],
    [
      'comments',
      'a int, -- the "first", (\n b int /* )*/ check (b > 0 /* x */ or b -- y\n is null), c',
    ],
    ['quoted names', '[a b] int, "c""d" int, `e``f` int, \'g h\' int, "i.j" int, "select" int'],
    ['names beyond ASCII', '😀x int, ünï int, हिन्दी int, "naïve ☃" int'],
    ['columns that are called key', 'key text primary key, value, "index" int'],
    ['odd spacing', '\n\ta\tint\r\n,b\n\nvarchar\n( 20 )\nnot\nnull\n'],
  ] as const) {
    test(`keeps ${what}`, async () => {
      const [before, after] = await rebuilt(`create table t (${columns})${extra}`)
      const plain = (text: string) => text.replaceAll(/--.*|\s+/g, '')
      const end = before.lastIndexOf(')')
      const wanted = `${before.slice(0, end).trimEnd()}${always}${before.slice(end + 1)}`
      assert.equal(plain(after).replace('"t"', 't'), plain(wanted))
    })
  }

  test('may have been made from a query', async () => {
    const [, after] = await rebuilt(`create table t as select 1 as a, 'x' as "b c"`)
    assert.equal(after, 'CREATE TABLE "t" (a, "b c", constraint `always` check (1 = 1))')
    assert.deepEqual(await place().rows('select * from t'), [[1, 'x']])
  })

  for (const name of [
    'it\'s "x"',
    'a`b',
    '[x]',
    'select',
    'a.b',
    'ünï ☃',
    '_new_t',
    'knex?',
    '--',
    'T',
  ]) {
    test(`may be called ${name}`, async () => {
      const quoted = `"${name.replaceAll('"', '""')}"`
      await place().run(`create table ${quoted} (a int)`, `insert into ${quoted} values (1)`)
      await place().run(`create index "i ${name.replaceAll('"', '""')}" on ${quoted} (a)`)
      await place().migrate([rebuilds(name)])
      const { checks, indexes } = await place().read(name)
      assert.deepEqual([checks.length, indexes[0]?.name], [1, `i ${name}`])
      assert.deepEqual(await place().rows(`select * from ${quoted}`), [[1]])
    })
  }

  test('keeps out of the way of tables with the name of its place', async () => {
    await place().run(
      'create table t (a int)',
      'create table _NEW_t (b int)',
      'create view __new_t as select 1',
    )
    await place().run('insert into _new_t values (7)')
    await place().migrate([rebuilds('t'), rebuilds('_NEW_t')])
    assert.equal((await place().read('t')).checks.length, 1)
    assert.deepEqual(await place().rows('select * from _new_t'), [[7]])
  })

  test('leaves alone tables whose names begin like its own, and attached databases', async () => {
    await place().run(
      "attach ':memory:' as other",
      'create table other.t (a int)',
      'create table t (a int)',
    )
    await place().run(
      'create table t_x (a int)',
      'create table x_t (a int)',
      'insert into other.t values (1)',
    )
    await place().migrate([rebuilds('t')])
    const statement = async (of: string, name: string) =>
      (await place().rows(`select sql from ${of}.sqlite_master where name = '${name}'`)).flat()
    assert.deepEqual(await statement('other', 't'), ['CREATE TABLE t (a int)'])
    assert.deepEqual(await place().rows('select * from other.t'), [[1]])
    assert.deepEqual(await statement('main', 't_x'), ['CREATE TABLE t_x (a int)'])
    assert.deepEqual(await statement('main', 'x_t'), ['CREATE TABLE x_t (a int)'])
  })

  test('keeps partial, expression, descending and collated indexes', async () => {
    const indexes = [
      'CREATE INDEX i1 ON T (A) WHERE a > 0 and b is not null',
      'CREATE UNIQUE INDEX i2 ON t (lower(b), a desc)',
      'CREATE INDEX [i 3] ON "t" (b collate nocase desc)',
    ]
    await place().run('create table t (a int, b text unique)', ...indexes)
    await place().migrate([rebuilds('t')])
    const kept = await place().rows(
      "select sql from sqlite_master where type = 'index' and sql is not null",
    )
    assert.deepEqual(kept.flat().sort(), indexes.sort())
  })

  test('gives no id of a deleted row again', async () => {
    await place().run(
      'create table t (id integer primary key autoincrement, a)',
      'insert into t (a) values (1), (2), (3)',
    )
    await place().run('delete from t where id > 1')
    await place().migrate([rebuilds('t')])
    await place().run('insert into t (a) values (4)')
    assert.deepEqual(await place().rows('select id from t'), [[1], [4]])
  })

  test('gives no id of a deleted row again under a name of its own either', async () => {
    await place().run(
      'create table t (id integer primary key autoincrement, a)',
      'insert into t (a) values (1), (2)',
    )
    await place().run('delete from t')
    await place().migrate([{ op: 'renameTable', from: 't', to: 'u' }, rebuilds('u')])
    await place().run('insert into u (a) values (4)')
    assert.deepEqual(await place().rows('select id from u'), [[3]])
  })

  test('copies what is not generated', async () => {
    await place().run(
      'create table t (a int, b int as (a * 2) stored, c as (a + 1))',
      'insert into t values (1)',
    )
    await place().migrate([rebuilds('t')])
    assert.deepEqual(await place().rows('select a, b, c from t'), [[1, 2, 2]])
  })

  test('keeps what a changed column has of its own', async () => {
    await place().run(
      'create table t (a REAL collate nocase unique, b int references t (a) deferrable initially deferred) strict',
    )
    const [a, b] = (await place().read('t')).columns
    assert.ok(a && b)
    await place().migrate([
      { op: 'alterColumn', table: 't', from: a, to: { ...a, default: '1.5' } },
      { op: 'alterColumn', table: 't', from: b, to: { ...b, default: '2' } },
    ])
    const [[sql] = []] = await place().rows("select sql from sqlite_master where name = 't'")
    assert.match(String(sql), /`a` REAL default 1\.5 collate nocase, `b` int default 2/i)
    assert.match(String(sql), /unique \(`a`\)/)
    assert.match(String(sql), /foreign key .* deferrable initially deferred/)
    assert.match(String(sql), /strict$/)
  })

  test('takes the values of a change where rows have none', async () => {
    await place().run('create table t (a int, b text)', "insert into t values (1, null), (2, 'x')")
    const [, b = column('b', 'text')] = (await place().read('t')).columns
    await place().migrate([
      {
        op: 'alterColumn',
        table: 't',
        from: b,
        to: { ...b, nullable: false },
        fill: "'none: ' || a",
      },
      { op: 'addColumn', table: 't', column: { name: 'c', type: 'integer' }, fill: 'a * 10' },
    ])
    assert.deepEqual(await place().rows('select * from t'), [
      [1, 'none: 1', 10],
      [2, 'x', 20],
    ])
  })

  test('counts from now on what is to be counted, and no more what is not', async () => {
    await place().run('create table t (id integer primary key, a)', 'insert into t values (7, 1)')
    const [id = column('id', 'integer')] = (await place().read('t')).columns
    const counting = { ...id, type: 'bigint', autoIncrement: true }
    await place().migrate([{ op: 'alterColumn', table: 't', from: id, to: counting }])
    assert.equal((await place().read('t')).columns[0]?.autoIncrement, true)
    await place().run('insert into t (a) values (2)', 'delete from t where id > 7')
    await place().migrate([{ op: 'alterColumn', table: 't', from: counting, to: id }])
    assert.deepEqual(await place().rows("select count(*) from sqlite_sequence where name = 't'"), [
      [0],
    ])
  })

  test('takes an index that is dropped and made anew under its old name', async () => {
    await place().run('create table t (a int, b int)', 'create index i on t (a)')
    await place().migrate([
      { op: 'dropIndex', table: 't', index: index('i', ['a']) },
      rebuilds('t'),
      { op: 'addIndex', table: 't', index: index('i', ['b'], { unique: true }) },
    ])
    assert.deepEqual((await place().read('t')).indexes, [index('i', ['b'], { unique: true })])
  })

  test('with 100,000 rows takes no more than two seconds', async () => {
    await place().run('create table t (id integer primary key, a text, b int)')
    await place().run(
      "insert into t with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000) select i, 'text ' || i, i % 7 from n",
      'create index t_b on t (b)',
    )
    const began = performance.now()
    await place().migrate([rebuilds('t')])
    assert.ok(performance.now() - began < 2_000)
    assert.deepEqual(await place().rows('select count(*), sum(id), max(a) from t'), [
      [100_000, 5_000_050_000, 'text 99999'],
    ])
  })
})
