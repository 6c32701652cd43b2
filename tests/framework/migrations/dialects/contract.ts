import assert from 'node:assert/strict'
import { after, afterEach, before, suite, test } from 'node:test'
import createKnex, { type Knex } from 'knex'
import { applyAll } from '../../../../src/framework/migrations/apply'
import { createTable } from '../../../../src/framework/migrations/calls'
import { dialectOf } from '../../../../src/framework/migrations/dialects'
import { type Change, reversed } from '../../../../src/framework/migrations/operations'
import type { Column, Index, Table } from '../../../../src/framework/migrations/schema'

export function column(name: string, type: string, more: Partial<Column> = {}): Column {
  const usual = { nullable: true, default: null, autoIncrement: false, comment: null }
  return { name, type, ...usual, ...more }
}

export function index(name: string, columns: string[], more: Partial<Index> = {}): Index {
  const ascending = columns.map((one) => ({ name: one, descending: false }))
  return { name, columns: ascending, unique: false, where: null, ...more }
}

export function table(name: string, columns: Column[], more: Partial<Table> = {}): Table {
  const id = column('id', 'integer', { nullable: false, autoIncrement: true })
  const none = { indexes: [], foreignKeys: [], checks: [], comment: null }
  const primaryKey = { name: `${name}_pkey`, columns: ['id'] }
  return { name, columns: [id, ...columns], primaryKey, ...none, ...more }
}

/** Every type that means the same everywhere. */
const types = [
  'integer',
  'bigint',
  'double',
  'decimal(10, 2)',
  'boolean',
  'string(128)',
  'text',
  'date',
  'datetime',
  'time',
  'json',
  'uuid',
  'binary',
]

const users = table('users', [column('email', 'string(128)', { nullable: false })], {
  indexes: [index('users_email_unique', ['email'], { unique: true })],
})

const posts = table(
  'posts',
  [
    column('title', 'string(100)', { nullable: false, default: "'it''s'" }),
    column('stars', 'integer', { nullable: false, default: '0' }),
    column('note', 'text'),
    column('user_id', 'integer unsigned', { nullable: false }),
  ],
  {
    indexes: [index('posts_title_index', ['title'])],
    foreignKeys: [
      {
        name: 'posts_user_id_foreign',
        columns: ['user_id'],
        table: 'users',
        references: ['id'],
        onDelete: 'cascade',
        onUpdate: 'no action',
      },
    ],
    checks: [{ name: 'posts_stars_check', expression: 'stars >= 0' }],
  },
)

function found<T extends { name: string | null }>(items: readonly T[], name: string): T {
  return items.find((item) => item.name === name) ?? assert.fail(`No ${name}`)
}

const title = found(posts.columns, 'title')
const stars = found(posts.columns, 'stars')
const note = found(posts.columns, 'note')
const [key] = posts.foreignKeys
const [check] = posts.checks
const on = { table: 'posts' }

/** What can be done to a table, by its name in the specification. */
const changes: Record<string, Change[]> = {
  'a column is added': [{ op: 'addColumn', ...on, column: column('rank', 'integer') }],
  'a required column with a default is added': [
    {
      op: 'addColumn',
      ...on,
      column: column('kind', 'string(20)', { nullable: false, default: "'a'" }),
    },
  ],
  'a required column is added, and filled': [
    {
      op: 'addColumn',
      ...on,
      column: column('kind', 'string(20)', { nullable: false }),
      fill: "'b'",
    },
  ],
  'a column that begins now is added': [
    {
      op: 'addColumn',
      ...on,
      column: column('at', 'datetime', { nullable: false, default: 'CURRENT_TIMESTAMP' }),
    },
  ],
  'a column is dropped': [{ op: 'dropColumn', ...on, column: note }],
  'a column gets another name': [{ op: 'renameColumn', ...on, from: 'note', to: 'remark' }],
  'an indexed column gets another name': [
    { op: 'renameColumn', ...on, from: 'title', to: 'Titel ß' },
  ],
  'a column gets longer': [
    { op: 'alterColumn', ...on, from: title, to: { ...title, type: 'string(200)' } },
  ],
  'a column gets another type': [
    { op: 'alterColumn', ...on, from: stars, to: { ...stars, type: 'bigint' } },
  ],
  'a column may be absent': [
    { op: 'alterColumn', ...on, from: title, to: { ...title, nullable: true } },
  ],
  'a column must be there, and is filled': [
    { op: 'alterColumn', ...on, from: note, to: { ...note, nullable: false }, fill: "'-'" },
  ],
  'a column gets another default': [
    { op: 'alterColumn', ...on, from: title, to: { ...title, default: "'?'" } },
  ],
  'a column gets no default': [
    { op: 'alterColumn', ...on, from: stars, to: { ...stars, default: null } },
  ],
  'an index is added': [{ op: 'addIndex', ...on, index: index('posts_a', ['stars', 'title']) }],
  'a descending index is added': [
    {
      op: 'addIndex',
      ...on,
      index: { ...index('posts_d', []), columns: [{ name: 'stars', descending: true }] },
    },
  ],
  'an index is dropped': [
    { op: 'dropIndex', ...on, index: found(posts.indexes, 'posts_title_index') },
  ],
  'a unique index is added': [
    { op: 'addIndex', ...on, index: index('posts_u', ['id', 'title'], { unique: true }) },
  ],
  'a foreign key is dropped': [{ op: 'dropForeignKey', ...on, key: key as never }],
  'a foreign key refers to its own table': [
    { op: 'addColumn', ...on, column: column('parent_id', 'integer unsigned') },
    {
      op: 'addForeignKey',
      ...on,
      key: {
        ...(key as never as object),
        name: 'posts_parent',
        columns: ['parent_id'],
        table: 'posts',
        onDelete: 'set null',
      } as never,
    },
  ],
  'a check is added': [
    { op: 'addCheck', ...on, check: { name: 'posts_title_check', expression: "title <> ''" } },
  ],
  'a check is dropped': [{ op: 'dropCheck', ...on, check: check as never }],
  'much changes at once': [
    { op: 'dropForeignKey', ...on, key: key as never },
    { op: 'dropCheck', ...on, check: check as never },
    { op: 'dropIndex', ...on, index: found(posts.indexes, 'posts_title_index') },
    { op: 'renameColumn', ...on, from: 'stars', to: 'order' },
    { op: 'addColumn', ...on, column: column('group', 'string(10)') },
    { op: 'alterColumn', ...on, from: title, to: { ...title, type: 'string(50)', nullable: true } },
    { op: 'dropColumn', ...on, column: note },
    { op: 'addIndex', ...on, index: index('posts_group_index', ['group', 'order']) },
    { op: 'addCheck', ...on, check: { name: 'posts_group_check', expression: "title <> 'x'" } },
  ],
}

export interface Place {
  /** For `createKnex`; asked when the tests begin. */
  connect(): Promise<Knex.Config>
  drop(): Promise<void>
  skip: string | false
  /** Names of the changes that this database cannot make. */
  except?: readonly string[]
}

/** What every dialect must do, on a database of its own. */
export function dialectContract(name: string, place: Place): void {
  suite(`${name} as a place for tables`, { skip: place.skip }, () => {
    let db: Knex
    before(async () => {
      db = createKnex(await place.connect())
    })
    after(async () => {
      await db.destroy()
      await place.drop()
    })

    afterEach(async () => {
      for (const name of ['posts', 'users', 'everything', 'order']) {
        await db.schema.dropTableIfExists(name)
      }
    })

    const read = async (...names: string[]) => dialectOf(db).reflect(db, names)
    const create = async (...tables: Table[]) => {
      for (const one of tables) await createTable(db, one)
    }
    const perform = (steps: readonly Change[]) =>
      db.transaction((trx) => dialectOf(db).perform(trx, steps), {
        enforceForeignCheck: false,
      } as never)

    const everything = table('everything', [
      ...types.map((type, at) => column(`c${at}`, type)),
      column('flag', 'boolean', { nullable: false, default: 'true' }),
      column('price', 'decimal(10, 2)', { nullable: false, default: '-1.5' }),
      column('at', 'datetime', { nullable: false, default: 'CURRENT_TIMESTAMP' }),
    ])

    test('what is built is what is read', async () => {
      await create(everything)
      const [found] = await read('everything')
      assert.deepEqual(plainOf(found), plainOf(everything))
    })

    test('what is rehearsed is what would be read, and nothing is left of it', async () => {
      const rehearsed = await dialectOf(db).rehearse(db, [everything, users, posts])
      assert.deepEqual(await read('everything', 'users', 'posts'), [])
      await create(everything, users, posts)
      const found = await read('everything', 'users', 'posts')
      assert.deepEqual(rehearsed.sort(byName).map(plainOf), found.sort(byName).map(plainOf))
    })

    test('tables can be rehearsed while others of the same names are there', async () => {
      await create(users)
      const changed = { ...users, columns: [...users.columns, column('nick', 'text')] }
      const [rehearsed] = await dialectOf(db).rehearse(db, [changed])
      assert.equal(rehearsed?.columns.length, 3)
      assert.equal((await read('users'))[0]?.columns.length, 2)
    })

    test('reserved words and unicode are names like others', async () => {
      const order = table('order', [column('group', 'text'), column('straße', 'string(9)')], {
        indexes: [index('order_index', ['straße'])],
      })
      await create(order)
      assert.deepEqual(plainOf((await read('order'))[0]), plainOf(order))
    })

    for (const [what, steps] of Object.entries(changes)) {
      const skip = place.except?.includes(what) ? `${name} cannot do that` : false
      test(`${what}, and back: rows stay`, { skip }, async () => {
        await create(users, posts)
        await db('users').insert([{ email: 'a@x' }, { email: 'b@x' }])
        await db('posts').insert([
          { title: 'one', stars: 1, user_id: 1 },
          { title: 'two', stars: 2, user_id: 2 },
        ])
        const [before] = await read('posts')
        await perform(steps)
        const [changed] = await read('posts')
        assert.deepEqual(plainOf(changed), plainOf(applyAll(posts, steps)))
        assert.equal((await db('posts')).length, 2)
        await perform(reversed(steps) as Change[])
        const [again] = await read('posts')
        assert.deepEqual(plainOf(again), plainOf(before))
        const rows = await db('posts').orderBy('id')
        assert.deepEqual(
          rows.map((row) => [row.id, row.title, Number(row.stars), row.user_id]),
          [
            [1, 'one', 1, 1],
            [2, 'two', 2, 2],
          ],
        )
      })
    }
  })
}

function byName(one: { name: string | null }, other: { name: string | null }): number {
  return (one.name ?? '') < (other.name ?? '') ? -1 : 1
}

/** A table as it is compared: without orders and names that mean nothing. */
export function plainOf(one: Table | undefined) {
  if (!one) return undefined
  const { extra: _, ...rest } = one
  return {
    ...rest,
    primaryKey: one.primaryKey?.columns,
    columns: one.columns
      .map(({ extra: __, ...it }) => ({ ...it, type: it.type.replace(' unsigned', '') }))
      .sort(byName),
    indexes: one.indexes.map(({ constraint: __, ...it }) => it).sort(byName),
    foreignKeys: [...one.foreignKeys].sort(byName),
    checks: one.checks.map((it) => it.name).sort(),
  }
}
