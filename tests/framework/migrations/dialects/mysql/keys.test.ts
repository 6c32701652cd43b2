import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '../../../../../src/framework/migrations/operations'
import type { ForeignKey, PrimaryKey } from '../../../../../src/framework/migrations/schema'
import { column, index } from '../contract'
import { mysqlSuite } from './place'

mysqlSuite('Keys on MariaDB', (place) => {
  const on = { table: 't' }
  const foreign = (name: string | null, more: Partial<ForeignKey> = {}): ForeignKey => ({
    name,
    columns: ['a'],
    table: 'u',
    references: ['id'],
    onDelete: 'no action',
    onUpdate: 'no action',
    ...more,
  })
  const primary = (...columns: string[]): PrimaryKey => ({ name: null, columns })
  const indexNames = async (): Promise<string[]> => {
    const [rows] = await place.db.raw(
      `select distinct index_name as name from information_schema.statistics
        where table_schema = database() and table_name = 't' order by index_name`,
    )
    return rows.map(({ name }: { name: string }) => name)
  }
  const referred = 'create table u (id int primary key)'

  test('a foreign key takes along the index that the server made for it', async () => {
    await place.run(referred, 'create table t (a int)')
    const add: Change = { op: 'addForeignKey', ...on, key: foreign('k', { onDelete: 'restrict' }) }
    const changed = await place.thereAndBack('t', add)
    assert.deepEqual(changed.foreignKeys, [foreign('k')])
    assert.deepEqual(await indexNames(), [])
  })

  test('another key that needs that index gets one of its own', async () => {
    await place.run(
      referred,
      'create table t (a int, constraint k foreign key (a) references u (id), constraint l foreign key (a) references u (id))',
    )
    await place.thereAndBack('t', { op: 'dropForeignKey', ...on, key: foreign('l') })
    await place.perform({ op: 'dropForeignKey', ...on, key: foreign('l') })
    assert.deepEqual(await indexNames(), ['k'])
    assert.deepEqual((await place.read('t')).indexes, [])
  })

  test('an index that was declared stays when a foreign key goes', async () => {
    await place.run(
      referred,
      'create table t (a int, key i (a), constraint k foreign key (a) references u (id))',
    )
    await place.perform({ op: 'dropForeignKey', ...on, key: foreign('k') })
    assert.deepEqual((await place.read('t')).indexes, [index('i', ['a'])])
  })

  test('an index that a foreign key needs is dropped, and the key gets one of its own', async () => {
    await place.run(
      referred,
      'create table t (a int, b int, unique key i (a, b), constraint k foreign key (a) references u (id))',
    )
    const unique = index('i', ['a', 'b'], { unique: true })
    const changed = await place.thereAndBack('t', { op: 'dropIndex', ...on, index: unique })
    assert.deepEqual(changed.indexes, [])
    assert.deepEqual(changed.foreignKeys, [foreign('k')])
  })

  test('what has another name here is known by what it is', async () => {
    await place.run(
      referred,
      'create table t (a int, key i (a), constraint k foreign key (a) references u (id), constraint c check (a > 0))',
    )
    await place.perform(
      { op: 'dropForeignKey', ...on, key: foreign(null) },
      { op: 'dropIndex', ...on, index: index('other', ['a']) },
      { op: 'dropCheck', ...on, check: { name: 'other', expression: 'A > 0' } },
    )
    const { indexes, foreignKeys, checks } = await place.read('t')
    assert.deepEqual([indexes, foreignKeys, checks], [[], [], []])
  })

  test('what is not there is not dropped', async () => {
    await place.run('create table t (a int)')
    const error = /The table t is not as this migration expects it/
    await assert.rejects(place.perform({ op: 'dropIndex', ...on, index: index('i', ['a']) }), error)
    await assert.rejects(place.perform({ op: 'dropPrimaryKey', ...on, key: primary('a') }), error)
    await assert.rejects(place.perform({ op: 'dropForeignKey', ...on, key: foreign('k') }), error)
  })

  test('the primary key moves from a column that is counted to another, and back', async () => {
    await place.run(
      'create table t (id int unsigned not null auto_increment primary key, a int not null)',
      'insert into t (a) values (7), (8)',
    )
    const id = await place.column('t', 'id')
    const changed = await place.thereAndBack(
      't',
      { op: 'dropPrimaryKey', ...on, key: primary('id') },
      { op: 'alterColumn', ...on, from: id, to: { ...id, autoIncrement: false } },
      { op: 'addPrimaryKey', ...on, key: primary('a') },
    )
    assert.deepEqual(changed.primaryKey, primary('a'))
    assert.deepEqual(changed.indexes, [])
    assert.deepEqual(await place.db('t').pluck('id'), [1, 2])
  })

  test('a column that is counted joins others in the key, and counts on', async () => {
    await place.run(
      'create table t (id int unsigned not null auto_increment primary key, a int not null)',
      'insert into t (a) values (7), (8)',
      'delete from t where a = 8',
    )
    const changed = await place.thereAndBack(
      't',
      { op: 'dropPrimaryKey', ...on, key: primary('id') },
      { op: 'addPrimaryKey', ...on, key: primary('id', 'a') },
    )
    assert.deepEqual(changed.primaryKey, primary('id', 'a'))
    await place.run('insert into t (a) values (9)')
    assert.deepEqual(await place.db('t').orderBy('id').pluck('id'), [1, 3])
  })

  test('a column that is counted takes the place of another key, and goes again', async () => {
    await place.run('create table t (a int primary key)', 'insert into t values (7), (8)')
    const id = column('id', 'integer unsigned', { nullable: false, autoIncrement: true })
    const changed = await place.thereAndBack(
      't',
      { op: 'dropPrimaryKey', ...on, key: primary('a') },
      { op: 'addColumn', ...on, column: id },
      { op: 'addPrimaryKey', ...on, key: primary('id') },
    )
    assert.deepEqual(changed.primaryKey, primary('id'))
    assert.deepEqual(changed.columns[1], id)
    assert.deepEqual(changed.indexes, [])
  })

  test('an index keeps serving a foreign key whose primary key is dropped', async () => {
    await place.run(
      referred,
      'create table t (a int primary key, constraint k foreign key (a) references u (id))',
    )
    const changed = await place.thereAndBack('t', {
      op: 'dropPrimaryKey',
      ...on,
      key: primary('a'),
    })
    assert.equal(changed.primaryKey, null)
    assert.deepEqual(changed.indexes, [])
  })
})
