import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Model, snakeCaseMappers } from 'objection'
import type { AnyModel } from '../../../src/framework/application'
import { type Columns, type TableOptions, table } from '../../../src/framework/database/table'
import { ModelError } from '../../../src/framework/errors'
import { desired } from '../../../src/framework/migrations/desired'
import type { Column, Table } from '../../../src/framework/migrations/schema'
import { Type } from '../../../src/framework/validation'

const id = Type.Integer({ primaryKey: true })

/** The table that a model with these columns declares. */
function declared(columns: Columns, options: TableOptions = {}, ...others: AnyModel[]): Table {
  const model = class extends table('t', columns, options as never) {}
  return desired([model, ...others]).find(({ name }) => name === 't') ?? assert.fail('No table')
}

function column(schema: object, options: TableOptions = {}): Column {
  const [, found] = declared({ id, a: schema } as unknown as Columns, options).columns
  return found ?? assert.fail('No column')
}

suite('The type of a column', () => {
  const types: [string, object, string][] = [
    ['text', Type.String(), 'text'],
    ['a text that has an end', Type.String({ maxLength: 20 }), 'string(20)'],
    ['a text that is too long for a row', Type.String({ maxLength: 20_000 }), 'text'],
    ['a text in an index', Type.String({ unique: true }), 'string(255)'],
    ['a moment', Type.String({ format: 'date-time' }), 'datetime'],
    ['a day', Type.String({ format: 'date' }), 'date'],
    ['a time', Type.String({ format: 'time' }), 'time'],
    ['a uuid', Type.String({ format: 'uuid' }), 'uuid'],
    ['an address', Type.String({ format: 'email', maxLength: 99 }), 'string(99)'],
    ['a whole number', Type.Integer(), 'integer'],
    ['a whole number that is large', Type.Integer({ maximum: 2 ** 31 }), 'bigint'],
    ['a whole number that is far below zero', Type.Integer({ minimum: -(2 ** 31) - 1 }), 'bigint'],
    ['the largest integer', Type.Integer({ minimum: -(2 ** 31), maximum: 2 ** 31 - 1 }), 'integer'],
    ['a number', Type.Number(), 'double'],
    ['truth', Type.Boolean(), 'boolean'],
    ['an object', Type.Object({ a: Type.String() }), 'json'],
    ['a record', Type.Record(Type.String(), Type.Number()), 'json'],
    ['a list', Type.Array(Type.String()), 'json'],
    ['a tuple', Type.Tuple([Type.String(), Type.Number()]), 'json'],
    ['objects of two kinds', Type.Union([Type.Object({}), Type.Array(Type.Null())]), 'json'],
    ['one text', Type.Literal('a'), 'string(255)'],
    ['one number', Type.Literal(1), 'integer'],
    ['one truth', Type.Literal(true), 'boolean'],
    ['some numbers', Type.Union([Type.Literal(1), Type.Literal(2)]), 'integer'],
    ['some numbers of an enum', Type.Enum({ a: 0, b: 1 }), 'integer'],
    ['some fractions', Type.Union([Type.Literal(0.5), Type.Literal(1.5)]), 'double'],
    [
      'a union within a union',
      Type.Union([Type.Union([Type.Integer(), Type.Null()]), Type.Integer()]),
      'integer',
    ],
  ]
  for (const [what, schema, type] of types) {
    test(`for ${what} is ${type}`, () => assert.equal(column(schema).type, type))
  }

  for (const [storage, type] of [
    ['DECIMAL(10,2)', 'decimal(10, 2)'],
    [' numeric ( 10 , 2 ) ', 'decimal(10, 2)'],
    ['VARCHAR (20)', 'string(20)'],
    ['character  varying(20)', 'string(20)'],
    ['INT', 'integer'],
    ['int unsigned', 'integer unsigned'],
    ['Bool', 'boolean'],
    ['double  precision', 'double'],
    ['interval', 'interval'],
    ["ENUM('A', 'b')", "ENUM('A', 'b')"],
    ['citext', 'citext'],
    ['datetime(3)', 'datetime(3)'],
  ] as const) {
    test(`that is said as ${storage} is ${type}`, () => {
      assert.equal(column(Type.Any({ storage })).type, type)
      assert.equal(column(Type.Union([Type.String({ storage }), Type.Null()])).type, type)
    })
  }

  for (const [what, schema] of [
    ['anything', Type.Any()],
    ['texts and numbers', Type.Union([Type.String(), Type.Number()])],
    ['nothing', Type.Null()],
  ] as const) {
    test(`does not follow from ${what}: that is refused`, () => {
      assert.throws(() => column(schema), { name: ModelError.name, message: /t\.a/ })
    })
  }
})

suite('A column', () => {
  test('takes null when it is optional or says so, but never as a key', () => {
    const isNullable = (schema: object) => column(schema).nullable
    assert.equal(isNullable(Type.String()), false)
    assert.equal(isNullable(Type.Optional(Type.String())), true)
    assert.equal(isNullable(Type.Union([Type.Null(), Type.String()])), true)
    assert.equal(isNullable(Type.Union([Type.Union([Type.Null(), Type.Integer()])])), true)
    assert.equal(isNullable(Type.Enum(['a', null] as never)), true)
    assert.equal(isNullable(Type.Optional(Type.String({ primaryKey: true }))), false)
  })

  test('of some texts takes only these', () => {
    const texts = ['a', "it's"]
    const union = Type.Union(texts.map((text) => Type.Literal(text)))
    for (const schema of [union, Type.Enum(texts), Type.Union([Type.Null(), union])]) {
      const { checks, columns } = declared({ id, a: schema } as unknown as Columns)
      const expression = `"a" in ('a', 'it''s')`
      assert.deepEqual(checks, [{ name: 't_a_values_check', expression }])
      assert.equal(columns[1]?.type, 'string(255)')
    }
  })

  const defaults: [unknown, object, string | null][] = [
    ['x', Type.String(), "'x'"],
    ['', Type.String(), "''"],
    ['it\'s "\\" ? \n `x`', Type.String(), "'it''s \"\\\" ? \n `x`'"],
    [0, Type.Integer(), '0'],
    [-1, Type.Integer(), '-1'],
    [0.5, Type.Number(), '0.5'],
    [1e21, Type.Number(), '1e+21'],
    [false, Type.Boolean(), 'false'],
    [null, Type.Union([Type.String(), Type.Null()]), null],
    [{ a: "it's" }, Type.Object({}), `'{"a":"it''s"}'`],
    [[], Type.Array(Type.String()), "'[]'"],
    ['x', Type.Any({ storage: 'json' }), `'"x"'`],
    [7, Type.Any({ storage: 'json' }), "'7'"],
  ]
  for (const [value, schema, sql] of defaults) {
    test(`with the default ${JSON.stringify(value)} has ${sql} in the database`, () => {
      assert.equal(column({ ...schema, default: value }).default, sql)
    })
  }

  test('may have an expression as default', () => {
    assert.equal(column(Type.String({ defaultSql: 'lower(random())' })).default, 'lower(random())')
  })

  test('does not have a default that some database refuses', () => {
    const message = /default that not every database can have/
    assert.throws(() => column(Type.Object({}, { defaultSql: 'now()' })), { message })
    assert.throws(() => column(Type.String({ storage: 'binary', default: 'x' })), { message })
  })
})

suite('The key of a table', () => {
  const keyOf = (columns: object) => declared(columns as Columns).primaryKey?.columns

  test('is id where no column says that it is one', () => {
    const { primaryKey, columns } = declared({ id: Type.Integer(), a: Type.String() })
    assert.deepEqual(primaryKey, { name: 't_pkey', columns: ['id'] })
    assert.equal(columns[0]?.autoIncrement, true)
  })

  test('may be a text, which nobody counts', () => {
    const [code] = declared({ code: Type.String({ primaryKey: true }) }).columns
    assert.deepEqual([code?.type, code?.autoIncrement], ['string(255)', false])
  })

  test('may be several columns, of which none is counted', () => {
    const { primaryKey, columns } = declared({
      a: Type.Integer({ primaryKey: true }),
      b: Type.Integer({ primaryKey: true }),
    })
    assert.deepEqual(primaryKey?.columns, ['a', 'b'])
    assert.ok(columns.every(({ autoIncrement }) => !autoIncrement))
  })

  test('may be missing', () => assert.equal(keyOf({ a: Type.String() }), undefined))
})

suite('A column that refers to another', () => {
  const users = class extends table('users', {
    id,
    code: Type.String({ maxLength: 9, unique: true }),
  }) {}
  const refers = (references: string, more = {}) =>
    declared({ id, a: Type.Integer({ references, ...more }) }, {}, users)

  test('has its type, without a sign where it is counted', () => {
    assert.equal(refers('users.id').columns[1]?.type, 'integer unsigned')
    assert.equal(refers('users.code').columns[1]?.type, 'string(9)')
    assert.equal(refers('t.id').columns[1]?.type, 'integer unsigned')
  })

  test('has a type of its own where no model has the table, or it says so', () => {
    assert.equal(refers('others.id').columns[1]?.type, 'integer')
    assert.equal(refers('users.id', { storage: 'bigint' }).columns[1]?.type, 'bigint')
    const text = declared({ id, a: Type.String({ references: 'others.code' }) })
    assert.equal(text.columns[1]?.type, 'string(255)')
  })

  test('has its type too when the table says that it refers', () => {
    const keys = { foreignKeys: [{ columns: ['a'], table: 'users', references: ['id'] }] }
    const { columns } = declared({ id, a: Type.Integer() }, keys, users)
    assert.equal(columns[1]?.type, 'integer unsigned')
  })

  test('may stand in a circle', () => {
    const a = class extends table('a', {
      id: Type.Integer({ references: 'b.id', storage: 'bigint', primaryKey: true }),
    }) {}
    const b = class extends table('b', {
      id: Type.Integer({ references: 'c.id', primaryKey: true }),
    }) {}
    const c = class extends table('c', {
      id: Type.Integer({ references: 'b.id', primaryKey: true }),
    }) {}
    assert.equal(desired([a, b, c]).length, 3)
  })

  test('is a foreign key with its actions', () => {
    const [key] = refers('users.id', { onDelete: 'cascade' }).foreignKeys
    const of = { name: 't_a_foreign', columns: ['a'], table: 'users', references: ['id'] }
    assert.deepEqual(key, { ...of, onDelete: 'cascade', onUpdate: 'no action' })
  })

  for (const references of ['users', 'users.', '.id', 'a.b.c']) {
    test(`is refused when it refers to ${references}`, () => {
      assert.throws(() => refers(references), { message: /refers to .*, which is no column/ })
    })
  }
})

suite('The tables of models', () => {
  const plain = (name: string) => class extends table(name, { id }) {}

  test('come by name; models that declare none are left out', () => {
    class Other extends Model {
      static override tableName = 'other'
    }
    const names = desired([plain('b'), Other, plain('a')]).map(({ name }) => name)
    assert.deepEqual(names, ['a', 'b'])
  })

  test('go by the names that mappers give', () => {
    class Mapped extends table(
      'mapped',
      { userId: id, fullName: Type.String({ unique: true }) },
      { indexes: [{ columns: ['fullName', 'userId'], descending: ['fullName'] }] },
    ) {
      static override columnNameMappers = snakeCaseMappers()
    }
    const [found] = desired([Mapped])
    assert.deepEqual(
      found?.columns.map(({ name }) => name),
      ['user_id', 'full_name'],
    )
    assert.deepEqual(found?.primaryKey?.columns, ['user_id'])
    assert.deepEqual(
      found?.indexes.map(({ name }) => name),
      ['mapped_full_name_unique', 'mapped_full_name_user_id_index'],
    )
    assert.deepEqual(found?.indexes[1]?.columns[0], { name: 'full_name', descending: true })
  })

  test('of one name are refused', () => {
    assert.throws(() => desired([plain('a'), plain('a')]), {
      message: /Two models have the table a/,
    })
  })

  test('give no two things one name', () => {
    const one = class extends table('a_b', { id, c: Type.Integer({ index: true }) }) {}
    const other = class extends table(
      'a',
      { id, b_c: Type.Integer({ index: true, check: 'b_c > 0' }) },
      {
        checks: { b_c: 'id > 0' },
        indexes: [
          ['b_c', 'id'],
          ['b_c', 'id'],
        ],
      },
    ) {}
    const names = desired([one, other]).flatMap(({ indexes, checks }) =>
      [...indexes, ...checks].map(({ name }) => name),
    )
    assert.equal(new Set(names).size, 6)
    assert.deepEqual(
      names.filter((name) => /2$/.test(name ?? '')),
      ['a_b_c_id_index_2', 'a_b_c_check_2', 'a_b_c_index_2'],
    )
  })

  for (const name of ['', 'x'.repeat(64), 'other.users', 'ß'.repeat(40)]) {
    test(`cannot be called ${name || 'nothing'}`, () => {
      assert.throws(() => desired([plain(name)]), { name: ModelError.name })
      assert.throws(() => declared({ [name]: Type.String() }), { name: ModelError.name })
    })
  }
})
