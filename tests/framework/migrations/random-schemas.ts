import fc from 'fast-check'
import { nameOf } from '../../../src/framework/migrations/names'
import type { Column, ForeignKey, Index, Table } from '../../../src/framework/migrations/schema'

/** Each column keeps to types of one kind, so that any value of it can take any other type. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  amount: ['integer', 'bigint', 'decimal(12, 2)'],
  Title: ['string(50)', 'string(200)', 'text'],
  order: ['boolean'],
  'maß 1': ['datetime'],
  tags: ['json'],
  token: ['uuid'],
}

const defaults: Readonly<Record<string, string>> = {
  integer: '7',
  bigint: '-1',
  'decimal(12, 2)': '0.5',
  'string(50)': "'it''s \\ ? \"so\"'",
  'string(200)': "''",
  boolean: 'true',
  datetime: 'CURRENT_TIMESTAMP',
}

const tableNames = ['users', 'group', 'Old Posts', 'tags_é']

function columnOf(name: string): fc.Arbitrary<Column> {
  const types = kinds[name] as readonly string[]
  return fc
    .record({
      type: fc.constantFrom(...types),
      nullable: fc.boolean(),
      hasDefault: fc.boolean(),
    })
    .map(({ type, nullable, hasDefault }) => ({
      name,
      type,
      nullable,
      default: hasDefault ? (defaults[type] ?? null) : null,
      autoIncrement: false,
      comment: null,
    }))
}

const id: Column = {
  name: 'id',
  type: 'integer',
  nullable: false,
  default: null,
  autoIncrement: true,
  comment: null,
}

function tableOf(name: string, others: readonly string[]): fc.Arbitrary<Table> {
  const columns = fc.subarray(Object.keys(kinds)).chain((names) => fc.tuple(...names.map(columnOf)))
  const targets = fc.subarray([...others])
  return fc
    .record({
      columns,
      targets,
      indexed: fc.boolean(),
      unique: fc.boolean(),
      checked: fc.boolean(),
    })
    .chain(({ columns: own, targets: to, ...flags }) =>
      fc
        .constantFrom<ForeignKey['onDelete']>('cascade', 'set null', 'no action')
        .map((onDelete) => {
          const keys = to.map((target) => keyOf(name, target, onDelete))
          const referring = keys.map((key) => ({
            ...id,
            name: key.columns[0] as string,
            type: 'integer unsigned',
            nullable: true,
            autoIncrement: false,
          }))
          return {
            name,
            columns: [id, ...own, ...referring],
            primaryKey: { name: nameOf(name, [], 'pkey'), columns: ['id'] },
            indexes: indexesOf(name, own, flags),
            foreignKeys: keys,
            checks:
              flags.checked && own.some((column) => column.name === 'amount')
                ? [{ name: nameOf(name, ['amount'], 'check'), expression: 'amount > -100' }]
                : [],
            comment: null,
          }
        }),
    )
}

function keyOf(name: string, target: string, onDelete: ForeignKey['onDelete']): ForeignKey {
  return {
    name: nameOf(name, [target], 'foreign'),
    columns: [`${target}_id`],
    table: target,
    references: ['id'],
    onDelete,
    onUpdate: 'no action',
  }
}

function indexesOf(
  table: string,
  columns: readonly Column[],
  { indexed, unique }: { indexed: boolean; unique: boolean },
): Index[] {
  const usable = columns.filter(({ type }) => !['text', 'json'].includes(type))
  // Rows get no two values alike where a column comes back: none at all.
  const nullable = usable.filter(
    (one) => one.nullable && one.default === null && one.name === 'amount',
  )
  const of = (name: string, of: readonly Column[], only: boolean, descending = false): Index => ({
    name: nameOf(table, [], name),
    columns: of.map((column) => ({ name: column.name, descending })),
    unique: only,
    where: null,
  })
  return [
    ...(indexed && usable.length > 0 ? [of('all_index', usable, false)] : []),
    ...(indexed && usable.length > 1 ? [of('desc_index', usable.slice(0, 1), false, true)] : []),
    ...(unique && nullable.length > 0 ? [of('unique', nullable, true)] : []),
  ]
}

/** Some tables, which may refer to one another and to themselves. */
export const schemas: fc.Arbitrary<Table[]> = fc
  .subarray(tableNames, { minLength: 1 })
  .chain((names) => fc.tuple(...names.map((name) => tableOf(name, names))))
