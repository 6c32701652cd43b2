import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { renamedIn } from '../../../src/framework/migrations/apply'
import { renamed, withNewNames } from '../../../src/framework/migrations/compare/renames'
import type { Change } from '../../../src/framework/migrations/operations'
import type { ForeignKey } from '../../../src/framework/migrations/schema'
import { column, index, table } from './dialects/contract'

const key = (to: string, references = ['id']): ForeignKey => ({
  name: `to_${to}`,
  columns: ['other_id'],
  table: to,
  references,
  onDelete: 'no action',
  onUpdate: 'no action',
})

const users = table('users', [column('name', 'text'), column('other_id', 'integer')], {
  indexes: [index('i', ['name', '(lower(name))'], { where: 'name is not null' })],
  foreignKeys: [key('users', ['name'])],
  checks: [{ name: 'c', expression: "length(name) > 0 and name <> 'name'" }],
})
const posts = table('posts', [column('other_id', 'integer')], {
  foreignKeys: [key('users', ['name'])],
})

suite('A table that has another name', () => {
  test('has it in all tables that refer to it, its own included', () => {
    const { tables, operations } = withNewNames([users, posts], {
      tables: [{ from: 'users', to: 'people' }],
      columns: [],
    })
    assert.deepEqual(
      tables.map(({ name }) => name),
      ['people', 'posts'],
    )
    assert.deepEqual(
      tables.map(({ foreignKeys }) => foreignKeys[0]?.table),
      ['people', 'people'],
    )
    assert.deepEqual(operations, [{ op: 'renameTable', from: 'users', to: 'people' }])
  })

  test('may have a column that has another name too', () => {
    const { tables, operations } = withNewNames([users, posts], {
      tables: [{ from: 'users', to: 'people' }],
      columns: [{ table: 'people', from: 'name', to: 'nick' }],
    })
    assert.deepEqual(
      tables[1]?.foreignKeys[0],
      key('people', ['nick']) && { ...key('people', ['nick']), name: 'to_users' },
    )
    assert.deepEqual(
      operations.map(({ op }) => op),
      ['renameTable', 'renameColumn'],
    )
  })
})

suite('A column that has another name', () => {
  const { tables } = withNewNames([users, posts], {
    tables: [],
    columns: [{ table: 'users', from: 'name', to: 'Full name' }],
  })

  test('has it in all that names it', () => {
    const [one, other] = tables
    assert.equal(one?.columns[1]?.name, 'Full name')
    assert.deepEqual(
      one?.indexes[0]?.columns.map(({ name }) => name),
      ['Full name', '(lower("Full name"))'],
    )
    assert.equal(one?.indexes[0]?.where, '"Full name" is not null')
    assert.deepEqual(one?.foreignKeys[0]?.references, ['Full name'])
    assert.deepEqual(other?.foreignKeys[0]?.references, ['Full name'])
    assert.equal(one?.checks[0]?.expression, `length("Full name") > 0 and "Full name" <> 'name'`)
  })

  test('leaves columns of that name in other tables alone', () => {
    const { tables: others } = withNewNames([users, table('others', [column('name', 'text')])], {
      tables: [],
      columns: [{ table: 'users', from: 'name', to: 'nick' }],
    })
    assert.equal(others[1]?.columns[1]?.name, 'name')
  })

  for (const [before, after] of [
    ['a > 0', '"b" > 0'],
    ['A > 0 and "a" > 0', '"b" > 0 and "b" > 0'],
    ['`a` + [a] + aa + "A"', '"b" + [b] + aa + "A"'],
    ["a = 'a' -- a\n or a(a)", '"b" = \'a\' -- a\n or a("b")'],
    ['x::a = a', 'x::a = "b"'],
  ] as const) {
    test(`has it in: ${before.replace('\n', ' ')}`, () => {
      assert.equal(renamedIn(before, 'a', 'b'), after)
    })
  }

  test('has its quotes doubled', () => assert.equal(renamedIn('a', 'a', 'b"c'), '"b""c"'))
})

suite('A change to a table that has another name', () => {
  const rename = { op: 'renameColumn', table: 'users', from: 'name', to: 'nick' } as const
  const on = { table: 'users' }
  const name = column('name', 'text')
  const nick = column('nick', 'text')
  const [check] = users.checks
  const [first] = users.indexes
  assert.ok(check && first)

  const cases: [Change, Change][] = [
    [
      { op: 'addColumn', ...on, column: name, fill: "''" },
      { op: 'addColumn', ...on, column: nick, fill: "''" },
    ],
    [
      { op: 'alterColumn', ...on, from: name, to: { ...name, nullable: false } },
      { op: 'alterColumn', ...on, from: nick, to: { ...nick, nullable: false } },
    ],
    [
      { op: 'dropIndex', ...on, index: index('i', ['name']) },
      { op: 'dropIndex', ...on, index: index('i', ['nick']) },
    ],
    [
      { op: 'dropCheck', ...on, check: { name: null, expression: 'name' } },
      { op: 'dropCheck', ...on, check: { name: null, expression: '"nick"' } },
    ],
    [
      { op: 'addPrimaryKey', ...on, key: { name: null, columns: ['name'] } },
      { op: 'addPrimaryKey', ...on, key: { name: null, columns: ['nick'] } },
    ],
    [
      { op: 'dropForeignKey', table: 'posts', key: key('users', ['name']) },
      { op: 'dropForeignKey', table: 'posts', key: key('users', ['nick']) },
    ],
    [
      { op: 'dropIndex', table: 'posts', index: index('i', ['name']) },
      { op: 'dropIndex', table: 'posts', index: index('i', ['name']) },
    ],
    [
      { op: 'commentTable', ...on, from: null, to: 'name' },
      { op: 'commentTable', ...on, from: null, to: 'name' },
    ],
  ]
  for (const [before, after] of cases) {
    test(`is the same change by new names: ${before.op} on ${before.op === 'renameTable' ? '' : before.table}`, () => {
      assert.deepEqual(renamed(before, rename), after)
    })
  }

  test('is a change to the table by its new name', () => {
    const change: Change = { op: 'dropForeignKey', ...on, key: key('users') }
    assert.deepEqual(renamed(change, { op: 'renameTable', from: 'users', to: 'people' }), {
      op: 'dropForeignKey',
      table: 'people',
      key: { ...key('people'), name: 'to_users' },
    })
  })
})
