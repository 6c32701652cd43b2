import assert from 'node:assert/strict'
import { Type, table } from '../../../src/framework'
import { onEach, type Project } from '../../support/revisions'

const id = Type.Integer({ primaryKey: true })
const text = (maxLength = 100, more = {}) => Type.String({ maxLength, ...more })
const optional = Type.Optional

/** What a revision of these models warns of. */
async function warnings(project: Project, ...models: Parameters<Project['declare']>) {
  await project.declare(...models)
  const { said } = await project.revise({ dryRun: true, renames: false })
  return said.flatMap((line) => /^Warning: (?!down cannot)(.*)$/.exec(line)?.[1] ?? [])
}

onEach('a table or a column that goes says what goes with it', async (project) => {
  await project.reach(table('pets', { id, name: optional(text()) }), table('toys', { id }))
  await project.app.db('pets').insert([{ name: 'Rex' }, { name: null }])
  assert.deepEqual(await warnings(project, table('toys', { id })), [
    "removing table 'pets' loses 2 rows.",
  ])
  assert.deepEqual(await warnings(project, table('pets', { id })), [
    "removing 'pets.name' loses the values of 1 row.",
  ])
})

onEach('a column that has to have a value says how many rows have none', async (project) => {
  await project.reach(table('pets', { id, name: optional(text()) }))
  await project.app.db('pets').insert([{ name: 'Rex' }, { name: null }])
  assert.deepEqual(await warnings(project, table('pets', { id, name: text() })), [
    "1 row has no value for 'pets.name', which has to have one.",
  ])
  assert.deepEqual(
    await warnings(project, table('pets', { id, name: optional(text()), age: Type.Integer() })),
    ["2 rows have no value for 'pets.age', which has to have one."],
  )
})

onEach('values that occur twice where they may not are counted', async (project) => {
  await project.reach(table('pets', { id, name: optional(text()), kind: text() }))
  const rex = { name: 'Rex', kind: 'dog' }
  await project.app
    .db('pets')
    .insert([rex, rex, { name: null, kind: 'cat' }, { name: null, kind: 'cat' }])
  const unique = table('pets', { id, name: optional(text(100, { unique: true })), kind: text() })
  assert.deepEqual(await warnings(project, unique), [
    "1 value of 'pets(name)' occurs more than once, and may not.",
  ])
  const both = table(
    'pets',
    { id, name: optional(text()), kind: text() },
    { unique: [['kind', 'name']] },
  )
  assert.deepEqual(await warnings(project, both), [
    "1 value of 'pets(kind, name)' occurs more than once, and may not.",
  ])
})

onEach('values are compared under the names and with the values that they get', async (project) => {
  await project.reach(table('pets', { id, name: text() }))
  await project.app.db('pets').insert([{ name: 'Rex' }, { name: 'Rex' }])
  const columns = {
    id,
    called: text(),
    kind: text(9, { default: 'what?' }),
    nick: optional(text()),
  }
  await project.declare(
    table('animals', columns, { unique: [['called', 'kind'], ['kind'], ['called', 'nick']] }),
  )
  const { said } = await project.revise({
    dryRun: true,
    rename: ['pets:animals', 'pets.name:called'],
  })
  assert.deepEqual(
    said.filter((line) => line.startsWith('Warning')),
    [
      "Warning: 1 value of 'animals(called, kind)' occurs more than once, and may not.",
      "Warning: 1 value of 'animals(kind)' occurs more than once, and may not.",
    ],
  )
})

onEach('values that are too long are counted, whatever they were', async (project) => {
  await project.reach(table('pets', { id, name: text(), age: Type.Integer() }))
  await project.app.db('pets').insert([
    { name: 'Äö', age: 5 },
    { name: 'Rex', age: 1234 },
  ])
  assert.deepEqual(await warnings(project, table('pets', { id, name: text(2), age: text(3) })), [
    "1 row of 'pets.name' is longer than 2.",
    "1 row of 'pets.age' is longer than 3.",
  ])
})

onEach('values that are none of their new type are counted', async (project, kind) => {
  const names = ['whole', 'real', 'price', 'day', 'moment', 'hour', 'truth', 'code', 'data']
  await project.reach(
    table('pets', { id, ...Object.fromEntries(names.map((name) => [name, optional(text())])) }),
  )
  const code = '6f1c1f4e-4b7a-4f0e-9d2a-0c5f5f0b1a2c'
  await project.app.db('pets').insert([
    {
      whole: ' -7',
      real: '1.5e3',
      price: '1.25',
      day: '2026-02-01',
      moment: '2026-02-01 10:00:00',
      hour: '10:00',
      truth: '1',
      code,
      data: '[]',
    },
    {
      whole: '1.5',
      real: 'x',
      price: '1.255',
      day: '2026-13-01',
      moment: 'now',
      hour: 'x',
      truth: '2',
      code: 'x',
      data: '{',
    },
    { whole: '3000000000', price: '100000000' },
    {},
  ])
  const after = table('pets', {
    id,
    whole: optional(Type.Integer()),
    real: optional(Type.Number()),
    price: optional(Type.Number({ storage: 'decimal(10, 2)' })),
    day: optional(Type.String({ format: 'date' })),
    moment: optional(Type.String({ format: 'date-time' })),
    hour: optional(Type.String({ format: 'time' })),
    truth: optional(Type.Boolean()),
    code: optional(Type.String({ format: 'uuid' })),
    data: optional(Type.Array(Type.Any())),
  })
  assert.deepEqual(await warnings(project, after), [
    "2 rows of 'pets.whole' do not fit integer.",
    "1 row of 'pets.real' does not fit double.",
    "2 rows of 'pets.price' do not fit decimal(10, 2).",
    "1 row of 'pets.day' does not fit date.",
    "1 row of 'pets.moment' does not fit datetime.",
    "1 row of 'pets.hour' does not fit time.",
    "1 row of 'pets.truth' does not fit boolean.",
    "1 row of 'pets.code' does not fit uuid.",
    ...(kind === 'postgres' ? [] : ["1 row of 'pets.data' does not fit json."]),
  ])
})

onEach(
  'numbers that lose digits are counted, and those that keep them are not',
  async (project) => {
    const number = (storage: string) => Type.Number({ storage })
    const pets = (...[a, b, c, d]: [string, string, string, string]) =>
      table('pets', {
        id,
        a: number(a),
        b: number(b),
        c: number(c),
        d: Type.Integer({ storage: d }),
      })
    await project.reach(pets('double', 'bigint', 'decimal(10, 2)', 'integer'))
    const rows = [
      { a: 1, b: 1, c: 9.5, d: 5 },
      { a: 1.5, b: 5e9, c: 1234.25, d: 7 },
    ]
    await project.app.db('pets').insert(rows)
    assert.deepEqual(
      await warnings(project, pets('integer', 'integer', 'decimal(5, 1)', 'bigint')),
      [
        "1 row of 'pets.a' does not fit integer.",
        "1 row of 'pets.b' does not fit integer.",
        "1 row of 'pets.c' does not fit decimal(5, 1).",
      ],
    )
  },
)

onEach('rows that refer to nothing, or break a check, are counted', async (project) => {
  const pets = (owner: { references?: string }, options = {}) =>
    table('pets', { id, owner: Type.Integer(owner), age: Type.Integer() }, options)
  await project.reach(table('owners', { id }), pets({}))
  await project.app.db('owners').insert({ id: 1 })
  await project.app.db('pets').insert([
    { owner: 1, age: 3 },
    { owner: 2, age: -3 },
    { owner: 3, age: 4 },
  ])
  const after = pets({ references: 'owners.id' }, { checks: { old: 'age > 0' } })
  assert.deepEqual(await warnings(project, table('owners', { id }), after), [
    "1 row of 'pets' does not hold to: age > 0.",
    "2 rows of 'pets(owner)' refer to nothing in 'owners'.",
  ])
})

onEach('names are taken as they are', async (project) => {
  const odd = `Größe "of" 'it' \`or\``
  await project.reach(table(odd, { id, [odd]: text(), KIND: text() }))
  await project.app.db(odd).insert({ [odd]: 'much', KIND: 'x' })
  assert.deepEqual(await warnings(project, table(odd, { id, [odd]: text(3) })), [
    `1 row of '${odd}.${odd}' is longer than 3.`,
    `removing '${odd}.KIND' loses the values of 1 row.`,
  ])
})

onEach('a table of others is looked into as well', async (project) => {
  const { db } = project.app
  await db.schema.createTable('owners', (made) => void made.integer('id').unsigned().primary())
  await db('owners').insert({ id: 1 })
  const owner = Type.Integer({ storage: 'integer unsigned' })
  await project.reach(table('pets', { id, owner }))
  await project.app.db('pets').insert([{ owner: 1 }, { owner: 2 }])
  const references = { references: 'owners.id', storage: 'integer unsigned' }
  assert.deepEqual(
    await warnings(project, table('pets', { id, owner: Type.Integer(references) })),
    ["1 row of 'pets(owner)' refers to nothing in 'owners'."],
  )
})

onEach('what makes no sense before the change is not asked', async (project) => {
  await project.reach(table('pets', { id, age: optional(text()) }))
  await project.app.db('pets').insert([{ age: '1' }, { age: '2' }])
  const age = Type.Integer({ default: 0, unique: true, check: 'age >= 0 and age + 1 > 0' })
  assert.deepEqual(await warnings(project, table('pets', { id, age })), [])
})
