import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTable } from '../../../../../src/framework/migrations/calls'
import type { Change } from '../../../../../src/framework/migrations/operations'
import { reversed } from '../../../../../src/framework/migrations/operations'
import type { Column, Table } from '../../../../../src/framework/migrations/schema'
import { column, index, table } from '../contract'
import { key, postgresSuite, referring } from './place'

postgresSuite('Changing tables on PostgreSQL', (shop) => {
  const alter = (to: string, from: Column, more: Partial<Column>, fill?: string): Change => ({
    op: 'alterColumn',
    table: to,
    from,
    to: { ...from, ...more },
    ...(fill !== undefined && { fill }),
  })
  const columnOf = async (name: string, of: string): Promise<Column> =>
    (await shop.read(of)).columns.find((one) => one.name === name) ?? assert.fail(`No ${name}`)
  const sequences = async (): Promise<string[]> => {
    const { rows } = await shop.db.raw("select relname as name from pg_class where relkind = 'S'")
    return rows.map(({ name }: { name: string }) => name)
  }
  const thereAndBack = async (name: string, ...steps: Change[]): Promise<Table> => {
    const before = await shop.read(name)
    await shop.perform(...steps)
    const changed = await shop.read(name)
    await shop.perform(...(reversed(steps) as Change[]))
    assert.deepEqual(await shop.read(name), before)
    return changed
  }

  test('names with quotes and dots in them are names like others', async () => {
    await shop.db.raw(`create table "a ""b'c" ("d ""e'f" text)`)
    const on = { table: `a "b'c` }
    const name = `d "e'f`
    const changed = await thereAndBack(
      on.table,
      { op: 'addColumn', ...on, column: column('g.h', 'text', { comment: "it's ?" }) },
      alter(on.table, column(name, 'text'), { type: 'string(5)', comment: "it's" }),
      { op: 'commentTable', ...on, from: null, to: "it's ?" },
      { op: 'addIndex', ...on, index: index(`i "j'k`, [name], { unique: true }) },
    )
    assert.deepEqual(
      changed.columns.map(({ type, comment }) => [type, comment]),
      [
        ['string(5)', "it's"],
        ['text', "it's ?"],
      ],
    )
    assert.equal(changed.comment, "it's ?")
  })

  test('a text that has become too long is refused, not cut', async () => {
    await shop.db.raw(`create table t (a varchar(9), b integer); insert into t values ('123', 123)`)
    const a = alter('t', column('a', 'string(9)'), { type: 'string(2)' })
    const b = alter('t', column('b', 'integer'), { type: 'string(2)' })
    await assert.rejects(shop.perform(a), /value too long/)
    await assert.rejects(shop.perform(b), /value too long/)
  })

  test('a type changes with a default that does not fit the other one, and back', async () => {
    await shop.db.raw(
      `create table t (a boolean not null default true); insert into t values (false)`,
    )
    const from = await columnOf('a', 't')
    const changed = await thereAndBack('t', alter('t', from, { type: 'integer', default: '1' }))
    assert.equal(changed.columns[0]?.default, '1')
    assert.deepEqual(await shop.db('t'), [{ a: false }])
  })

  test('values that are missing are filled after the type has changed', async () => {
    await shop.db.raw(`create table t (a text); insert into t values (null), ('1')`)
    const to = { type: 'integer', nullable: false, default: '7' }
    await shop.perform(alter('t', column('a', 'text'), to, "length('?') + 1"))
    assert.deepEqual(await shop.db('t').orderBy('a'), [{ a: 1 }, { a: 2 }])
  })

  test('rows that are there get what fills a new column, later ones its default', async () => {
    await shop.db.raw('create table t (id int); insert into t values (1)')
    const one = column('b', 'text', { nullable: false, default: "'new'", comment: 'age' })
    await shop.perform({ op: 'addColumn', table: 't', column: one, fill: "'old'" })
    await shop.db('t').insert({ id: 2 })
    assert.deepEqual(await shop.db('t').orderBy('id').pluck('b'), ['old', 'new'])
    assert.deepEqual(await columnOf('b', 't'), one)
  })

  test('a column begins to be counted after its largest value', async () => {
    await shop.db.raw('create table t (id int, x int); insert into t values (41, 1)')
    await shop.perform(
      alter('t', column('id', 'integer'), { autoIncrement: true, nullable: false }),
    )
    await shop.db('t').insert({ x: 2 })
    assert.deepEqual(await shop.db('t').orderBy('id').pluck('id'), [41, 42])
  })

  for (const how of ['serial', 'integer generated always as identity']) {
    test(`a column (${how}) is counted no more, and nothing is left of its sequence`, async () => {
      await shop.db.raw(`create table t (id ${how}, x int)`)
      const from = await columnOf('id', 't')
      await shop.perform(alter('t', from, { autoIncrement: false, type: 'text', nullable: true }))
      assert.deepEqual(await sequences(), [])
      assert.deepEqual(await columnOf('id', 't'), column('id', 'text'))
    })

    test(`a counted column (${how}) that gets larger counts on beyond the smaller type`, async () => {
      await shop.db.raw(`create table t (id ${how}, x int)`)
      await shop.perform(alter('t', await columnOf('id', 't'), { type: 'bigint' }))
      await shop.db.raw(`select setval(pg_get_serial_sequence('t', 'id'), 2147483647)`)
      await shop.db('t').insert({ x: 1 })
      assert.deepEqual(await shop.db('t').pluck('id'), ['2147483648'])
    })
  }

  test('a counted column is added', async () => {
    await shop.db.raw('create table t (x int); insert into t values (1), (2)')
    const id = column('id', 'bigint', { nullable: false, autoIncrement: true })
    await thereAndBack('t', { op: 'addColumn', table: 't', column: id })
    await shop.perform({ op: 'addColumn', table: 't', column: id })
    assert.deepEqual(await columnOf('id', 't'), id)
  })

  test('an index of any kind is dropped and made again as it was', async () => {
    await shop.db.raw(`create table t (a integer, b text, constraint u unique (b, a));
      create unique index v on t (a); create index i on t (a desc, lower(b)) where a > 0 and b ~ '?'`)
    const { indexes } = await shop.read('t')
    const drops = indexes.map((one): Change => ({ op: 'dropIndex', table: 't', index: one }))
    const changed = await thereAndBack('t', ...drops)
    assert.equal(indexes.length, 3)
    assert.deepEqual(changed.indexes, [])
  })

  test('what is a generated column or in another order of letters stays so when it comes back', async () => {
    await shop.db.raw(`create table t (b integer, a text collate "C" default 'x',
      c integer generated always as (b + 1) stored)`)
    const [, a, c] = (await shop.read('t')).columns
    const drops = [a, c].map(
      (one): Change => ({ op: 'dropColumn', table: 't', column: one as Column }),
    )
    await shop.perform(...drops, ...(reversed(drops).reverse() as Change[]))
    assert.deepEqual((await shop.read('t')).columns.slice(1), [a, c])
  })

  test('a column keeps its order of letters when its type changes', async () => {
    await shop.db.raw('create table t (a text collate "C")')
    const from = await columnOf('a', 't')
    const { extra, ...to } = { ...from, type: 'string(9)' }
    await shop.perform({ op: 'alterColumn', table: 't', from, to })
    assert.equal((await columnOf('a', 't')).extra, extra)
    assert.equal(extra, 'collate "C"')
  })

  test('what has another name than expected, or none, is known by what it is', async () => {
    await shop.db.raw(`create table o (id int primary key);
      create table t (id int constraint p primary key, other_id int constraint f references o on delete
      restrict, constraint u unique (other_id), constraint c check (id > 0))`)
    const on = { table: 't' }
    await shop.perform(
      { op: 'dropForeignKey', ...on, key: { ...key('o'), name: null } },
      { op: 'dropIndex', ...on, index: index('other', ['other_id'], { unique: true }) },
      { op: 'dropCheck', ...on, check: { name: 'other', expression: 'id>0' } },
      { op: 'dropPrimaryKey', ...on, key: { name: 'other', columns: ['id'] } },
    )
    const { primaryKey, indexes, foreignKeys, checks } = await shop.read('t')
    assert.deepEqual([primaryKey, indexes, foreignKeys, checks], [null, [], [], []])
  })

  test('what is not there cannot be dropped', async () => {
    await createTable(shop.db, table('t', []))
    const drop = { op: 'dropIndex', table: 't', index: index('i', ['id']) } as const
    await assert.rejects(shop.perform(drop), /The table t is not as this migration expects it/)
  })

  test('a primary key is added, dropped and has the name it was given', async () => {
    await shop.db.raw('create table t (a int not null, b int not null)')
    const primary = { name: 'both', columns: ['b', 'a'] }
    const changed = await thereAndBack('t', { op: 'addPrimaryKey', table: 't', key: primary })
    assert.deepEqual(changed.primaryKey, primary)
  })

  test('a table gets another name, with all that refers to it', async () => {
    await createTable(shop.db, table('one', []))
    await createTable(shop.db, referring('two', 'one'))
    await shop.perform({ op: 'renameTable', from: 'one', to: 'first' })
    assert.deepEqual((await shop.read('two')).foreignKeys, [{ ...key('one'), table: 'first' }])
  })
})
