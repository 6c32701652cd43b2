import assert from 'node:assert/strict'
import { test } from 'node:test'
import { execute } from '../../../../../src/framework/migrations/dialects'
import { quote } from '../../../../../src/framework/migrations/dialects/mysql/write'
import type { Change } from '../../../../../src/framework/migrations/operations'
import type { Column } from '../../../../../src/framework/migrations/schema'
import { column, index } from '../contract'
import { mysqlSuite } from './place'

mysqlSuite('Changing tables on MariaDB', (place) => {
  const on = { table: 't' }
  const alter = (from: Column, more: Partial<Column>, fill?: string): Change => ({
    op: 'alterColumn',
    ...on,
    from,
    to: { ...from, ...more },
    ...(fill !== undefined && { fill }),
  })

  test('names with backticks, dots and question marks in them are names like others', async () => {
    const name = "a `b'c.d?"
    await execute(place.db, `create table ${quote(name)} (${quote('x`y')} int)`)
    const changed = await place.thereAndBack(
      name,
      { op: 'addColumn', table: name, column: column('z`?', 'string(9)') },
      { op: 'renameColumn', table: name, from: 'x`y', to: '`y?' },
      { op: 'addIndex', table: name, index: index('i`?', ['z`?', '`y?'], { unique: true }) },
      { op: 'addCheck', table: name, check: { name: 'c`?', expression: '`z``?` > 0' } },
    )
    assert.deepEqual(
      changed.columns.map((one) => one.name),
      ['`y?', 'z`?'],
    )
    assert.deepEqual(changed.indexes, [index('i`?', ['z`?', '`y?'], { unique: true })])
    assert.deepEqual(changed.checks, [{ name: 'c`?', expression: '`z``?` > 0' }])
  })

  for (const type of ['string(50)', 'text', 'json', 'binary']) {
    test(`a default of ${type} is read as it was given`, async () => {
      await place.run('create table t (a int)')
      const given = column('b', type, { nullable: false, default: `'{"it''s": "\\\\ ? \n"}'` })
      const changed = await place.thereAndBack('t', { op: 'addColumn', ...on, column: given })
      assert.deepEqual(changed.columns[1], given)
    })
  }

  test('comments are read as they were given', async () => {
    await place.run('create table t (a int)')
    const comment = 'it\'s \\ "?" ` \n'
    const changed = await place.thereAndBack('t', alter(column('a', 'integer'), { comment }), {
      op: 'commentTable',
      ...on,
      from: null,
      to: comment,
    })
    assert.equal(changed.comment, comment)
    assert.equal(changed.columns[0]?.comment, comment)
  })

  test('types of this database alone are columns like others', async () => {
    await place.run('create table t (a int)')
    const type = "enum('a','it''s')"
    const changed = await place.thereAndBack(
      't',
      { op: 'addColumn', ...on, column: column('b', type, { default: "'it''s'" }) },
      alter(column('b', type, { default: "'it''s'" }), { type: "enum('a','it''s','c')" }),
    )
    assert.equal(changed.columns[1]?.type, "enum('a','it''s','c')")
  })

  test('JSON stays JSON when it must be there', async () => {
    await place.run('create table t (a json)', "insert into t values (null), ('[1]')")
    await place.thereAndBack('t', alter(column('a', 'json'), { nullable: false }, "'{}'"))
    await assert.rejects(place.run("insert into t values ('{')"), /CONSTRAINT/)
    assert.deepEqual(await place.db('t').pluck('a'), [{}, [1]])
  })

  test('what the change does not say of a column stays as it is', async () => {
    await place.run(
      "create table t (a varchar(5) character set latin1 check (a <> 'it\\'s'), b datetime on update now())",
    )
    const changed = await place.thereAndBack(
      't',
      alter(column('a', 'string(5)'), { type: 'string(9)' }),
      alter(column('b', 'datetime(0)'), { default: 'CURRENT_TIMESTAMP' }),
    )
    assert.equal(changed.columns[0]?.extra, 'CHARACTER SET latin1 COLLATE latin1_swedish_ci')
    assert.equal(changed.columns[1]?.extra, 'ON UPDATE current_timestamp()')
    assert.equal(changed.checks.length, 1)
  })

  test('a text with a collation of its own becomes a number', async () => {
    await place.run(
      'create table t (a varchar(5) collate utf8mb4_bin)',
      "insert into t values ('7')",
    )
    await place.perform(alter(column('a', 'string(5)'), { type: 'integer' }))
    assert.deepEqual(await place.db('t').pluck('a'), [7])
  })

  test('filling a column does not say that the rows were changed', async () => {
    await place.run(
      'create table t (a int, at datetime not null default now() on update now())',
      "insert into t values (null, '2001-02-03 04:05:06')",
    )
    await place.perform(
      {
        op: 'addColumn',
        ...on,
        column: column('b', 'integer', { nullable: false }),
        fill: '1 + 1',
      },
      alter(column('a', 'integer'), { nullable: false }, 'b + 1'),
    )
    const rows = await place.db('t').select(place.db.raw('a, b, year(at) as year'))
    assert.deepEqual(rows, [{ a: 3, b: 2, year: 2001 }])
  })

  test('a new column that rows have no value for is refused, and nothing is done', async () => {
    await place.run('create table t (a int)', 'insert into t values (1)')
    const required = column('b', 'string(9)', { nullable: false })
    await assert.rejects(
      place.perform({ op: 'addColumn', ...on, column: required }),
      /The table t has rows, .* new column b\. Give the column a default, .*`fill`/,
    )
    assert.equal((await place.read('t')).columns.length, 1)
  })

  test('a table without rows takes it', async () => {
    await place.run('create table t (a int)')
    const required = column('b', 'string(9)', { nullable: false })
    const changed = await place.thereAndBack('t', { op: 'addColumn', ...on, column: required })
    assert.deepEqual(changed.columns[1], required)
  })

  test('checks follow a column that gets another name', async () => {
    await place.run('create table t (a int check (a > 0), constraint c check (a < 9))')
    const rename: Change = { op: 'renameColumn', ...on, from: 'a', to: 'b`' }
    const changed = await place.thereAndBack('t', rename)
    assert.deepEqual(changed.checks, [
      { name: null, expression: '`b``` > 0' },
      { name: 'c', expression: '`b``` < 9' },
    ])
  })

  test('a name in double quotes is a name in a check', async () => {
    await place.run('create table t (`group` varchar(9))')
    const check = { name: 'c', expression: `"group" in ('a', '"b"')` }
    const changed = await place.thereAndBack('t', { op: 'addCheck', ...on, check })
    assert.deepEqual(changed.checks, [{ name: 'c', expression: "`group` in ('a','\"b\"')" }])
  })

  test('texts in checks and defaults are written as in any SQL, without escapes', async () => {
    await place.run('create table t (a varchar(9))', "insert into t values ('it''s')")
    const check = { name: 'c', expression: "`a` in ('it''s','\\','?','`\"')" }
    const given = column('b', 'string(9)', { default: "concat('\\','''')" })
    const changed = await place.thereAndBack(
      't',
      { op: 'addCheck', ...on, check },
      { op: 'addColumn', ...on, column: given },
    )
    assert.deepEqual(changed.checks, [check])
    assert.deepEqual(changed.columns[1], given)
  })

  test('a check without a name is dropped by what it says', async () => {
    await place.run('create table t (a int not null check (a > 0), b int, check (b > 0))')
    const drop = (expression: string): Change => ({
      op: 'dropCheck',
      ...on,
      check: { name: null, expression },
    })
    await place.perform(drop('a > 0'), drop('b > 0'))
    const changed = await place.read('t')
    assert.deepEqual(changed.checks, [])
    assert.equal(changed.columns[0]?.nullable, false)
  })

  test('an index for some rows only is refused', async () => {
    await place.run('create table t (a int)')
    await assert.rejects(
      place.perform({ op: 'addIndex', ...on, index: index('few', ['a'], { where: 'a > 3' }) }),
      /The index few .* have no partial indexes/,
    )
  })
})
