import { makes, migration } from './folder'
import { changes, sameAsKnex } from './two-databases'

const pets = migration(`await knex.schema.createTable('pets', (t: any) => {
  t.increments()
  t.string('name', 100).notNullable().defaultTo("it's a ? \\\\ pet").index()
  t.enu('kind', ['cat', 'dog']).defaultTo('cat')
  t.integer('owner').unsigned()
  t.timestamp('since').defaultTo(knex.fn.now())
  t.unique(['name', 'kind'])
})`)

const owners = migration(`await knex.schema.createTable('owners', (t: any) => {
  t.increments()
  t.string('name')
})
await knex.schema.alterTable('pets', (t: any) => {
  t.foreign('owner').references('id').inTable('owners').onDelete('cascade')
})`)

sameAsKnex('a table is made in an empty database', () => [{ '1_pets': pets }])

sameAsKnex('several files are applied in their order, in a later batch', () => [
  { '1_toys': makes('toys') },
  { '2_pets': pets, '3_owners': owners },
])

const texts = [
  `it's "quoted" and \`ticked\``,
  'back\\slash, \\n and \\',
  'who? $1 ?? :name',
  'two\nlines; -- and no /* comment',
  'ä ß € 🐈',
  '',
]

sameAsKnex('values are written as the driver would send them', (kind) => {
  const blob = kind === 'postgres' ? 'bytea' : 'blob'
  return [
    {
      '1_values': migration(`
        await knex.raw('create table "values" (id integer primary key, note text, raw ${blob}, at timestamp null, n double precision, yes boolean)'
          .replaceAll('"', knex.client.driverName === 'mysql2' ? '\`' : '"'))
        const texts = ${JSON.stringify(texts)}
        for (const [id, note] of texts.entries()) await knex('values').insert({ id, note })
        await knex('values').insert({ id: 20, note: 5, n: 0.1, yes: true })
        await knex('values').insert({ id: 21, note: null, n: -3, yes: false })
        await knex('values').insert({ id: 22, note: JSON.stringify({ a: ["'"] }), n: 1e21 })
        await knex('values').insert({ id: 23, raw: Buffer.from([0, 39, 92, 255]) })
        await knex('values').insert({ id: 24, at: new Date('2026-11-25T12:30:45Z') })
        await knex('values').where('note', texts[1]).update({ n: 7 })
      `),
    },
  ]
})

sameAsKnex('statements of a hand-written file are taken as they stand', () => [
  {
    '1_raw': migration(`
      await knex.raw("create table notes (id integer primary key, note varchar(50) default 'why\\\\?') -- a table")
      await knex.raw('insert into notes (id, note) values (?, ?), (3, ?)', [2, 'a?', "b'"])
      await knex.raw('insert into ?? (id) values (:id)'.replace('??', ':table:'), { table: 'notes', id: 4 })
      await knex.raw('  update notes set note = \\'c\\' where id = 4 ;  ')
    `),
  },
])

const twoPets = {
  table: `await knex.schema.createTable('pets', (t: any) => {
    t.increments()
    t.string('name', 100).notNullable().index('pets_name_index')
    t.integer('age').notNullable().defaultTo(1)
    t.text('note')
  })
  await knex.schema.createTable('toys', (t: any) => {
    t.increments()
    t.integer('pet_id').unsigned().notNullable()
    t.foreign('pet_id', 'toys_pet_foreign').references('id').inTable('pets').onDelete('cascade')
  })`,
  rows: `await knex('pets').insert([{ id: 1, name: 'Tom' }, { id: 2, name: "O'Malley", note: 'x' }])
  await knex('toys').insert([{ id: 1, pet_id: 1 }, { id: 2, pet_id: 2 }])`,
}

const manyChanges = changes(`
  { op: 'dropIndex', table: 'pets', index: { name: 'pets_name_index', columns: ['name'] } },
  { op: 'renameColumn', table: 'pets', from: 'name', to: 'call' },
  { op: 'alterColumn', table: 'pets',
    from: { name: 'call', type: 'string(100)' },
    to: { name: 'call', type: 'string(200)', nullable: true, default: "'it''s ?'" } },
  { op: 'alterColumn', table: 'pets',
    from: { name: 'note', type: 'text', nullable: true },
    to: { name: 'note', type: 'text' }, fill: "'\\\\?'" },
  { op: 'addColumn', table: 'pets', column: { name: 'kind', type: 'string(10)' }, fill: "'cat'" },
  { op: 'dropColumn', table: 'pets', column: { name: 'age', type: 'integer', default: '1' } },
  { op: 'addIndex', table: 'pets', index: { name: 'pets_call', columns: ['call', 'kind'], unique: true } },
  { op: 'dropForeignKey', table: 'toys', key: { name: 'toys_pet_foreign', columns: ['pet_id'],
    table: 'pets', references: ['id'], onDelete: 'cascade' } },
  { op: 'renameTable', from: 'toys', to: 'things' },
  { op: 'addForeignKey', table: 'things', key: { name: 'things_pet_foreign', columns: ['pet_id'],
    table: 'pets', references: ['id'] } },
  { op: 'addCheck', table: 'things', check: { name: 'things_check', expression: 'pet_id > 0' } },
  { op: 'createTable', table: 'homes', as: (t: any) => void t.increments() },
  async (trx: any) => trx('homes').insert({ id: 1 }),
`)

sameAsKnex('a revision changes tables that are there, with their rows', () => [
  { '1_pets': migration(`${twoPets.table}\n${twoPets.rows}`) },
  { '2_changes': manyChanges },
])

sameAsKnex('a file changes the tables that a file before it makes', () => [
  { '1_pets': migration(twoPets.table), '2_changes': manyChanges },
])

sameAsKnex('a table that a file before renames is changed under its new name', () => [
  { '1_pets': migration(twoPets.table) },
  {
    '2_rename': changes(`{ op: 'renameTable', from: 'toys', to: 'things' }`),
    '3_drop': changes(`
      { op: 'dropForeignKey', table: 'things', key: { name: 'toys_pet_foreign', columns: ['pet_id'],
        table: 'pets', references: ['id'], onDelete: 'cascade' } },
      { op: 'addIndex', table: 'things', index: { name: 'things_pet', columns: ['pet_id'] } },
    `),
  },
])

sameAsKnex('rows are read as they are, and each is changed', () => [
  { '1_pets': migration(twoPets.table) },
  (db) => db('pets').insert([{ name: 'Tom' }, { name: "O'Malley" }]),
  {
    '2_notes': migration(`for (const { id, name } of await knex('pets').orderBy('id')) {
      await knex('pets').where({ id }).update({ note: 'dear ' + name })
    }`),
  },
])

sameAsKnex('a file asks whether tables and columns are there that files before it make', () => [
  { '1_pets': makes('pets') },
  {
    '2_toys': makes('toys'),
    '3_add': migration(`for (const table of ['pets', 'toys', 'cars']) {
      if (!(await knex.schema.hasTable(table))) continue
      if (await knex.schema.hasColumn(table, 'name')) continue
      await knex.schema.alterTable(table, (t: any) => void t.string('name'))
      if (!(await knex.schema.hasColumn(table, 'name'))) throw new Error('not added')
    }`),
    '4_gone': migration(`await knex.schema.dropTable('toys')
      if (await knex.schema.hasTable('toys')) throw new Error('not dropped')
      await knex.schema.dropTableIfExists('toys')`),
  },
])

sameAsKnex('rows that cascade from deleted ones go, whoever runs the script', () => [
  { '1_pets': migration(`${twoPets.table}\n${twoPets.rows}`) },
  { '2_delete': migration(`await knex('pets').where({ id: 1 }).del()`) },
])

sameAsKnex('Knex itself renames and alters columns', (kind) => [
  { '1_pets': migration(`${twoPets.table}\n${twoPets.rows}`) },
  {
    '2_knex': migration(`await knex.schema.alterTable('toys', (t: any) => {
      t.string('label', 20)
      ${kind === 'sqlite' ? '' : "t.renameColumn('pet_id', 'owner_id')"}
    })
    await knex.schema.alterTable('toys', (t: any) => void t.text('label').alter())`),
  },
])
