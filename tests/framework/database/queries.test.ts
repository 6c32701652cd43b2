import assert from 'node:assert/strict'
import type { Knex } from 'knex'
import { raw } from 'objection'
import { table } from '../../../src/framework/database'
import { Type } from '../../../src/framework/validation'
import { onEach } from './each'

class Person extends table('people', {
  id: Type.Integer({ primaryKey: true }),
  name: Type.String({ maxLength: 128, unique: true }),
  age: Type.Integer({ default: 0 }),
  height: Type.Optional(Type.Number()),
  active: Type.Boolean({ default: true }),
  tags: Type.Array(Type.String(), { default: [] }),
}) {}

async function createPeople(db: Knex): Promise<void> {
  await db.schema.createTable('people', (table) => {
    table.increments('id')
    table.string('name', 128).notNullable().unique()
    table.integer('age').notNullable()
    table.double('height')
    table.boolean('active').notNullable()
    table.json('tags').notNullable()
  })
}

onEach('a row is inserted, and the database counts its id', async (db) => {
  await createPeople(db)
  const person = await Person.query().insert({ name: 'ann', age: 30 })
  assert.ok(person instanceof Person)
  assert.deepEqual([person.id, person.name, person.age], [1, 'ann', 30])
})

onEach('a row comes back with the types of its columns', async (db) => {
  await createPeople(db)
  await Person.query().insert({
    name: 'ann',
    age: 30,
    height: 1.7,
    active: false,
    tags: ['a', 'b'],
  })
  const person = await Person.query().findOne({ name: 'ann' })
  assert.deepEqual(person?.toJSON(), {
    id: 1,
    name: 'ann',
    age: 30,
    height: 1.7,
    active: false,
    tags: ['a', 'b'],
  })
})

onEach('what a row leaves out is its default, or stays absent', async (db) => {
  await createPeople(db)
  const inserted = await Person.query().insert({ name: 'ann' })
  assert.deepEqual([inserted.age, inserted.active, inserted.tags], [0, true, []])
  const found = await Person.query().findById(1).throwIfNotFound()
  assert.deepEqual(found.toJSON(), { id: 1, name: 'ann', age: 0, active: true, tags: [] })
})

onEach('insertAndFetch gives the row as the database has it', async (db) => {
  await createPeople(db)
  const person = await Person.query().insertAndFetch({ name: 'ann', active: true })
  assert.deepEqual([person.id, person.active, person.height], [1, true, undefined])
})

onEach('first() without a row is undefined', async (db) => {
  await createPeople(db)
  assert.equal(await Person.query().first(), undefined)
})

onEach('rows are found by typed conditions, in order and in pages', async (db) => {
  await createPeople(db)
  for (const [name, age] of [
    ['ann', 30],
    ['bob', 40],
    ['cid', 50],
  ] as const) {
    await Person.query().insert({ name, age })
  }
  const { results, total } = await Person.query()
    .where('age', '>', 30)
    .orderBy('age', 'desc')
    .page(0, 1)
  assert.deepEqual([results.map((person) => person.name), total], [['cid'], 2])
  assert.equal(await Person.query().where({ active: true }).resultSize(), 3)
})

onEach('a subquery may be part of a condition', async (db) => {
  await createPeople(db)
  await Person.query().insert({ name: 'ann', age: 30 })
  await Person.query().insert({ name: 'bob', age: 40 })
  const oldest = Person.query().max('age')
  const found = await Person.query().where('age', oldest)
  assert.deepEqual(
    found.map((person) => person.name),
    ['bob'],
  )
})

onEach('a patch changes what it names and nothing else', async (db) => {
  await createPeople(db)
  await Person.query().insert({ name: 'ann', age: 30, active: false, tags: ['a'] })
  const changed = await Person.query().patchAndFetchById(1, { height: 1.8 })
  assert.deepEqual(
    [changed.name, changed.age, changed.height, changed.active, changed.tags],
    ['ann', 30, 1.8, false, ['a']],
  )
})

onEach('a patch may compute in the database', async (db) => {
  await createPeople(db)
  const person = await Person.query().insertAndFetch({ name: 'ann', age: 30 })
  await person.$query().patch({ age: raw('age + 1') })
  assert.equal((await person.$query()).age, 31)
})

onEach('a row is deleted', async (db) => {
  await createPeople(db)
  await Person.query().insert({ name: 'ann' })
  assert.deepEqual([await Person.query().deleteById(1), await Person.query().resultSize()], [1, 0])
})

onEach('several rows are inserted at once, or none of them', async (db) => {
  await createPeople(db)
  const rows = [{ name: 'ann' }, { name: 'bob', age: 1.5 }]
  await assert.rejects(
    Person.transaction(async (trx) => Person.query(trx).insertGraph(rows)),
    {
      code: 'VALIDATION_FAILED',
    },
  )
  assert.equal(await Person.query().resultSize(), 0)
})

onEach('a transaction of Knex is taken, and rolled back as a whole', async (db) => {
  await createPeople(db)
  const failing = db.transaction(async (trx) => {
    await Person.query(trx).insert({ name: 'ann' })
    assert.equal(await Person.query(trx).resultSize(), 1)
    throw new Error('changed my mind')
  })
  await assert.rejects(failing, /changed my mind/)
  assert.equal(await Person.query().resultSize(), 0)
})

onEach('a transaction of the model is committed', async (db) => {
  await createPeople(db)
  await Person.transaction(async (trx) => Person.query(trx).insert({ name: 'ann' }))
  assert.equal(await Person.query().resultSize(), 1)
})

onEach('a row found by an unknown id is an error when asked for', async (db) => {
  await createPeople(db)
  await assert.rejects(async () => Person.query().findById(7).throwIfNotFound(), {
    name: 'NotFoundError',
  })
})

onEach('the error of a failed query says its SQL, and none of its values', async () => {
  const failing = async () => Person.query().insert({ name: 'hunter22', tags: ['hunter22'] })
  await assert.rejects(failing, (error: Error) => {
    assert.match(error.message, /insert into .people. /)
    return !`${error.message}${error.stack}`.includes('hunter22')
  })
})
