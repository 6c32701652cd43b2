import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { readCreateTable, readParts } from '../../../../src/framework/migrations/dialects/ddl'
import type { Column } from '../../../../src/framework/migrations/schema'
import { column } from './contract'

const read = (columns: string) => readCreateTable(`create table t (${columns})`)

function one(sql: string): Column {
  return read(sql).columns[0] ?? assert.fail('No column')
}

suite('The statement of a table', () => {
  test('has its name, in its own case', () => {
    for (const [sql, name] of [
      ['CREATE TABLE Users (a)', 'Users'],
      ['create table if not exists "Old ""Posts" (a)', 'Old "Posts'],
      ['create/**/temp table\n[x y](a)', 'x y'],
      ['create table `table` (a)', 'table'],
    ] as const) {
      assert.equal(readCreateTable(sql).name, name)
    }
  })

  test('has what comes after the brackets', () => {
    assert.equal(
      readCreateTable('create table t (a) strict, without rowid').extra,
      'strict, without rowid',
    )
    assert.equal('extra' in readCreateTable('create table t (a)'), false)
  })

  test('has columns, keys, indexes, foreign keys and checks', () => {
    const { primaryKey, indexes, foreignKeys, checks } = read(
      "a, B, constraint PK primary key (a, 'B'), constraint u unique (B desc), constraint f foreign key (a, B) references O (x, y) on update set default, constraint c check (a > (1))",
    )
    assert.deepEqual(primaryKey, { name: 'PK', columns: ['a', 'B'] })
    assert.deepEqual(indexes, [
      {
        name: 'u',
        columns: [{ name: 'B', descending: true }],
        unique: true,
        where: null,
        constraint: true,
      },
    ])
    const to = {
      table: 'O',
      references: ['x', 'y'],
      onDelete: 'no action',
      onUpdate: 'set default',
    }
    assert.deepEqual(foreignKeys, [{ name: 'f', columns: ['a', 'B'], ...to }])
    assert.deepEqual(checks, [{ name: 'c', expression: 'a > (1)' }])
  })

  test('can be read in its parts, each with its text', () => {
    const parts = readParts(
      'create table t (a int /* x */ unique, -- first\n b check (b > 0), primary key (a))',
    )
    assert.deepEqual(
      parts.map(({ text }) => text),
      ['a int /* x */ unique', 'b check (b > 0)', 'primary key (a)'],
    )
    assert.deepEqual(
      parts.map(({ said }) => [said.columns.length, said.indexes.length, said.checks.length]),
      [
        [1, 1, 0],
        [1, 0, 1],
        [0, 0, 0],
      ],
    )
  })
})

suite('A column', () => {
  for (const [sql, wanted] of [
    ['a', column('a', '')],
    ['a varchar(20)', column('a', 'varchar(20)')],
    ['a unsigned big int', column('a', 'unsigned big int')],
    ['"a b" decimal(10, 2) not null', column('a b', 'decimal(10, 2)', { nullable: false })],
    ['a int null', column('a', 'int')],
    ['key text', column('key', 'text')],
    ['"index" int', column('index', 'int')],
    ['key', column('key', '')],
  ] as const) {
    test(`is read from: ${sql}`, () => assert.deepEqual(one(sql), wanted))
  }

  for (const [sql, value] of [
    ["'x'", "'x'"],
    ["'it''s'", "'it''s'"],
    ['"x"', "'x'"],
    ["[it's]", "'it''s'"],
    ['null', null],
    ['-.5', '-.5'],
    ['- 1', '-1'],
    ['+7', '+7'],
    ['1e21', '1e21'],
    ['0x1F', '0x1F'],
    ["x'00'", "x'00'"],
    ['(1 + 2)', '1 + 2'],
    ['((now()))', 'now()'],
    ['CURRENT_TIMESTAMP', 'CURRENT_TIMESTAMP'],
    ['current_timestamp(6)', 'current_timestamp(6)'],
    ['true', 'true'],
  ] as const) {
    test(`has the default ${value} from: ${sql}`, () => {
      assert.equal(one(`a int default ${sql} not null collate nocase`).default, value)
    })
  }

  test('may count, and be the key', () => {
    const { columns, primaryKey } = read(
      'a integer constraint k primary key desc on conflict abort autoincrement',
    )
    assert.deepEqual(columns[0], column('a', 'integer', { nullable: false, autoIncrement: true }))
    assert.deepEqual(primaryKey, { name: 'k', columns: ['a'] })
  })

  test('may say more than one thing, in any order', () => {
    const { columns, indexes, checks, foreignKeys } = read(
      "a text collate nocase unique on conflict ignore check (a <> '') default 'x' not null on conflict fail references o deferrable initially deferred",
    )
    assert.deepEqual(
      columns[0],
      column('a', 'text', { nullable: false, default: "'x'", extra: 'collate nocase' }),
    )
    assert.deepEqual([indexes.length, checks[0]?.expression], [1, "a <> ''"])
    assert.equal(foreignKeys[0]?.extra, 'deferrable initially deferred')
  })

  for (const [sql, extra] of [
    ['a int generated always as (b * 2) stored', 'generated always as (b * 2) stored'],
    ['a int as (b) virtual not null', 'as (b) virtual'],
    ['a text collate nocase', 'collate nocase'],
  ] as const) {
    test(`keeps what only its database knows: ${extra}`, () => assert.equal(one(sql).extra, extra))
  }
})

suite('A foreign key', () => {
  for (const [sql, wanted] of [
    ['references o', { references: [] }],
    ['references o (x)', { references: ['x'] }],
    [
      'references o on delete set null on update cascade',
      { references: [], onDelete: 'set null', onUpdate: 'cascade' },
    ],
    ['references o match full on delete restrict', { references: [], onDelete: 'restrict' }],
    [
      'references o on update no action match simple on delete set default',
      { references: [], onDelete: 'set default' },
    ],
    [
      'references o not deferrable initially immediate',
      { references: [], extra: 'not deferrable initially immediate' },
    ],
  ] as const) {
    const usual = {
      name: null,
      columns: ['a'],
      table: 'o',
      onDelete: 'no action',
      onUpdate: 'no action',
    }
    test(`is read from: ${sql}`, () => {
      assert.deepEqual(read(`a int ${sql}`).foreignKeys, [{ ...usual, ...wanted }])
      assert.deepEqual(read(`a int, foreign key (a) ${sql}`).foreignKeys, [{ ...usual, ...wanted }])
      assert.equal(read(`a int ${sql} not null`).columns[0]?.nullable, false)
    })
  }
})

suite('The columns of an index', () => {
  for (const [sql, name, descending = false] of [
    ['A', 'A'],
    ['"a b" desc', 'a b', true],
    ['a asc', 'a'],
    ['a collate nocase desc', 'a', true],
    ['a(10) desc', 'a(10)', true],
    ['lower(a)', '(lower(a))'],
    ['(a + 1) desc', '(a + 1)', true],
    ['((a + 1))', '(a + 1)'],
    ['a + 1', '(a + 1)'],
  ] as const) {
    test(`are read from: ${sql}`, () => {
      const [index] = read(`a, unique (${sql}, b)`).indexes
      assert.deepEqual(index?.columns[0], { name, descending })
      assert.equal(index?.columns.length, 2)
    })
  }
})
