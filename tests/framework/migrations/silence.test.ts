import assert from 'node:assert/strict'
import { Type, table } from '../../../src/framework'
import { type Kind, onEach } from '../../support/revisions'

const id = Type.Integer({ primaryKey: true })
const optional = Type.Optional
const dated = (format: string, more = {}) => Type.String({ format, ...more })

const teams = table('teams', { id, code: Type.String({ maxLength: 20, unique: true }) })

/** One of every kind of column and option. */
function everything(kind: Kind) {
  const columns = {
    id,
    text: Type.String(),
    short: Type.String({ maxLength: 5, default: "it's" }),
    long: Type.String({ maxLength: 20_000, default: 'none' }),
    whole: Type.Integer({ default: -1 }),
    large: Type.Integer({ maximum: 1e12, default: 5e10 }),
    real: Type.Number({ default: 1.5 }),
    money: Type.Number({ storage: 'DECIMAL(10,2)', default: 0 }),
    truth: Type.Boolean({ default: true }),
    day: dated('date', { default: '2026-01-31' }),
    moment: dated('date-time', { defaultSql: 'CURRENT_TIMESTAMP' }),
    hour: dated('time'),
    code: dated('uuid', { unique: true }),
    object: Type.Object({ x: Type.Number() }, { default: { x: 1 } }),
    list: Type.Array(Type.String()),
    words: Type.Union([Type.Literal('a'), Type.Literal("b'c")], { default: 'a' }),
    digits: optional(Type.Union([Type.Literal(1), Type.Literal(2)])),
    maybe: Type.Union([Type.Integer(), Type.Null()]),
    checked: optional(Type.String({ maxLength: 3, check: "checked <> 'x'" })),
    bytes: optional(Type.Any({ storage: 'binary' })),
    team: Type.Integer({ references: 'teams.id', onDelete: 'cascade', onUpdate: 'cascade' }),
    other: optional(Type.Integer({ references: 'items.id', onDelete: 'set null', index: true })),
    teamCode: optional(Type.String({ references: 'teams.code', onDelete: 'restrict' })),
    order: Type.Integer({ index: true, comment: 'what\'s \\ "this"?' }),
    'Größe in `cm`': Type.Integer({ index: true }),
    'with"quote': Type.Integer(),
  }
  const some = { columns: ['real'], where: 'real > 0', unique: true } as const
  const down = { columns: ['whole', 'large'], descending: ['large'] } as const
  return table('items', columns, {
    unique: [['whole', 'large']],
    indexes: [['whole'], down, ...(kind === 'mysql' ? [] : [some])],
    checks: { positive: 'whole >= -1' },
    comment: "all 'of' it",
  })
}

onEach('every kind of column and option is found as it was declared', async (project, kind) => {
  await project.reach(teams, everything(kind))
  assert.deepEqual(await project.differences(), [])
})

onEach('every kind of column and option can go and come back', async (project, kind) => {
  await project.reach(teams, everything(kind))
  await project.reach(teams)
  assert.deepEqual(await project.app.db.schema.hasTable('items'), false)
  await project.rollBack()
  await project.declare(teams, everything(kind))
  assert.deepEqual(await project.differences({ force: true }), [])
})

const short = Type.String({ maxLength: 9 })
const columns = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`column${at}`, Type.Integer()]))

for (const [title, model] of [
  ['without a key', table('pets', { age: Type.Integer() })],
  ['with a text as key', table('pets', { code: Type.String({ primaryKey: true, maxLength: 9 }) })],
  ['with a uuid as key', table('pets', { id: dated('uuid', { primaryKey: true }) })],
  ['with a large key', table('pets', { id: Type.Integer({ primaryKey: true, maximum: 1e12 }) })],
  [
    'with a key that is not counted',
    table('pets', { id: Type.Integer({ primaryKey: true, autoIncrement: false }) }),
  ],
  [
    'with a key of two columns',
    table('pets', {
      one: Type.Integer({ primaryKey: true }),
      two: dated('date', { primaryKey: true }),
    }),
  ],
  ['with names in upper case', table('Pets', { id, Name: short }, { indexes: [['Name']] })],
  [
    'with the longest names',
    table('t'.repeat(63), { id, ['c'.repeat(63)]: short }, { unique: [['c'.repeat(63)]] }),
  ],
  ['with many columns', table('pets', { id, ...columns(300) })],
  [
    'with defaults that look like something else',
    table('pets', { id, one: Type.String({ default: '100% $1 :x "?"\n' }), two: short }),
  ],
] as const) {
  onEach(
    `a table ${title} is found as it was declared, and can go and come back`,
    async (project) => {
      await project.reach(model)
      assert.deepEqual(await project.differences(), [])
      await project.reach()
      await project.rollBack()
      await project.declare(model)
      assert.deepEqual(await project.differences({ force: true }), [])
    },
  )
}

onEach('tables of others are named, and stay as they are', async (project) => {
  await project.reach(teams)
  for (const name of ['legacy', 'agenda_items']) {
    await project.app.db.schema.createTable(name, (made) => void made.increments())
  }
  const { said } = await project.revise()
  assert.deepEqual(said, [
    'Left alone, since no model and no migration made them: agenda_items, legacy',
    'No changes: the database holds what the models declare.',
  ])
})

onEach('tables of Knex and of the job store are not spoken of', async (project) => {
  await project.reach(teams)
  for (const name of ['agenda_jobs', 'agenda_results', 'agenda_workers']) {
    await project.app.db.schema.createTable(name, (made) => void made.increments())
  }
  const { said } = await project.revise()
  assert.deepEqual(said, ['No changes: the database holds what the models declare.'])
})

onEach('a table that a migration made, and no model has any more, is dropped', async (project) => {
  await project.reach(teams)
  await project.declare()
  assert.deepEqual(await project.differences(), ["Detected removed table 'teams'"])
})

onEach('a table that was there becomes a model’s, as it is', async (project) => {
  await project.app.db.schema.createTable('teams', (made) => {
    made.increments()
    made.string('code', 20).notNullable()
  })
  await project.declare(teams)
  assert.deepEqual(await project.differences(), [
    "Detected added unique index 'teams_code_unique' on 'teams(code)'",
  ])
})

onEach('views, and what belongs to tables, are no tables', async (project, kind) => {
  await project.reach(teams)
  const { db } = project.app
  await db.raw('create view codes as select code from teams')
  if (kind === 'postgres') {
    await db.raw('create sequence numbers')
    await db.raw('create materialized view ids as select id from teams')
    await db.raw('create table logs (day date) partition by range (day)')
    await db.raw(
      "create table logs_1 partition of logs for values from ('2026-01-01') to ('2027-01-01')",
    )
  }
  if (kind === 'mysql') await db.raw('create sequence numbers')
  const { said } = await project.revise()
  const left = 'Left alone, since no model and no migration made it: logs'
  const nothing = 'No changes: the database holds what the models declare.'
  assert.deepEqual(said, kind === 'postgres' ? [left, nothing] : [nothing])
})

onEach(
  'rows without a value get the default that their column has from now on',
  async (project) => {
    const pets = (name: Parameters<typeof table>[1][string]) => table('pets', { id, name })
    await project.reach(pets(optional(Type.String({ maxLength: 9 }))))
    await project.app.db('pets').insert([{ name: null }, { name: 'Rex' }])
    const { text } = await project.reach(pets(Type.String({ maxLength: 9, default: "it's" })))
    assert.match(text, /fill: "'it''s'"/)
    assert.deepEqual(await project.app.db('pets').orderBy('id').pluck('name'), ["it's", 'Rex'])
    assert.deepEqual(await project.differences(), [])
  },
)

onEach(
  'a value that is missing has to be given before the file can be applied',
  async (project) => {
    await project.reach(table('pets', { id }))
    await project.app.db('pets').insert({ id: 1 })
    await project.declare(table('pets', { id, name: Type.String({ maxLength: 9 }) }))
    const { said, path = '', text } = await project.revise()
    assert.equal(said.at(-1), 'Say what is marked TODO in it, then: npx knex migrate:latest')
    await assert.rejects(project.migrate(), /added column 'pets\.name' .*: .*(null|value)/is)
    project.write(path, text.replace(/\/\/ TODO: .*/, `fill: "'Rex'",`))
    // A file that was loaded once is not loaded again.
    project.rename(path, path.replace('.ts', '_again.ts'))
    await project.migrate()
    assert.deepEqual(await project.app.db('pets').pluck('name'), ['Rex'])
  },
)
