import fc from 'fast-check'
import type { Operation } from '../../../src/framework/migrations/operations'
import { reversed } from '../../../src/framework/migrations/operations'
import type { Revision } from '../../../src/framework/migrations/render'
import { completed } from '../../../src/framework/migrations/reverse'
import type { ReferentialAction } from '../../../src/framework/migrations/schema'

/** Words with all that source code has trouble with. */
const word = fc.oneof(
  fc.constantFrom('a', 'users', 'created_at', 'description', 'x'.repeat(25), "it's", '"so"'),
  fc.constantFrom('`', '\\', '$' + '{x}', '*/', '//', '?', '\n', '\r\n', '\t', '\u0000', '\u2028'),
  fc.constantFrom(
    'naïve',
    'ß',
    'e\u0301',
    '日本語',
    '한국',
    '😀',
    '❤️',
    'हिन्दी',
    'العربية',
    'ｶﾅ',
    '…',
  ),
  fc.string({ maxLength: 8, unit: 'grapheme-ascii' }),
)
const words = (maxLength: number) => fc.array(word, { minLength: 1, maxLength })
const name = words(4)
  .map((list) => list.join('_'))
  .filter((whole) => Buffer.byteLength(whole) < 64)
const text = words(14).map((list) => list.join(' '))
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })
const list = <T>(arbitrary: fc.Arbitrary<T>, maxLength = 4) =>
  fc.array(arbitrary, { minLength: 1, maxLength })

const types = ['integer', 'bigint', 'double', 'decimal(10, 2)', 'boolean', 'string(128)', 'text']
const rarer = [
  'date',
  'datetime',
  'datetime(3)',
  'time',
  'json',
  'uuid',
  'binary',
  "enum('a', 'b')",
]
const values = ['0', '-1', '0.5', '1e21', 'true', 'CURRENT_TIMESTAMP', "''", 'lower(random())']

const column = fc
  .record({
    name,
    type: fc.constantFrom(...types, ...rarer, 'integer unsigned', 'citext'),
    nullable: fc.boolean(),
    default: maybe(
      fc.oneof(
        fc.constantFrom(...values),
        text.map((one) => `'${one.replaceAll("'", "''")}'`),
      ),
    ),
    autoIncrement: fc.boolean(),
    comment: maybe(text),
  })
  .map((one) => (one.autoIncrement ? { ...one, type: 'integer', default: null } : one))

const index = fc.record({
  name,
  columns: list(fc.record({ name, descending: fc.boolean() })),
  unique: fc.boolean(),
  where: maybe(text),
})

const action = fc.constantFrom<ReferentialAction>('no action', 'cascade', 'set null', 'restrict')
const foreignKey = fc.record({
  name: maybe(name),
  columns: list(name),
  table: name,
  references: list(name),
  onDelete: action,
  onUpdate: action,
})
const primaryKey = fc.record({ name: maybe(name), columns: list(name) })
const check = fc.record({ name: maybe(name), expression: text })

const table = fc.record({
  name,
  columns: list(column, 6),
  primaryKey: maybe(primaryKey),
  indexes: fc.array(index, { maxLength: 2 }),
  foreignKeys: fc.array(foreignKey, { maxLength: 2 }),
  checks: fc.array(check, { maxLength: 2 }),
  comment: maybe(text),
})

const of = <Op extends string, T>(op: Op, rest: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record({ op: fc.constant(op), ...rest }) as unknown as fc.Arbitrary<Operation>
const filled = fc.oneof(fc.constant({}), fc.record({ fill: text }))
const withFill = (arbitrary: fc.Arbitrary<Operation>) =>
  fc.tuple(arbitrary, filled).map(([operation, fill]) => ({ ...operation, ...fill }) as Operation)

const createTable = of('createTable', { table })

/** Any operation, however odd its names. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  createTable,
  of('dropTable', { table }),
  of('renameTable', { from: name, to: name }),
  of('commentTable', { table: name, from: maybe(text), to: maybe(text) }),
  withFill(of('addColumn', { table: name, column })),
  of('dropColumn', { table: name, column }),
  of('renameColumn', { table: name, from: name, to: name }),
  withFill(of('alterColumn', { table: name, from: column, to: column })),
  of('addPrimaryKey', { table: name, key: primaryKey }),
  of('dropPrimaryKey', { table: name, key: primaryKey }),
  of('addIndex', { table: name, index }),
  of('dropIndex', { table: name, index }),
  of('addForeignKey', { table: name, key: foreignKey }),
  of('dropForeignKey', { table: name, key: foreignKey }),
  of('addCheck', { table: name, check }),
  of('dropCheck', { table: name, check }),
)

/** Any revision, as `revise` would make it of such operations. */
export const revision: fc.Arbitrary<Revision> = fc
  .record({
    message: text,
    up: fc.oneof(fc.array(operation, { maxLength: 4 }), fc.array(createTable, { maxLength: 3 })),
    warnings: fc.array(text, { maxLength: 2 }),
    isTodo: fc.boolean(),
  })
  .map(({ message, up, warnings, isTodo }) => ({
    message,
    date: new Date(0),
    parents: ['1_first'],
    up,
    down: completed(reversed(up)),
    warnings,
    todos: new Map(isTodo ? up.map((one) => [one, `say what rows get, as in fill: "''"`]) : []),
    dialect: 'sqlite',
  }))
