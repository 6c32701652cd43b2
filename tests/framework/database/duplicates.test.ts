import assert from 'node:assert/strict'
import type { Knex } from 'knex'
import { table } from '../../../src/framework/database'
import { DuplicateError } from '../../../src/framework/errors'
import { Type } from '../../../src/framework/validation'
import { onEach } from './each'

class Member extends table('club_members', {
  id: Type.Integer({ primaryKey: true }),
  email: Type.String({ unique: true }),
  club_name: Type.String(),
  seat_no: Type.Integer(),
}) {}

async function createMembers(db: Knex): Promise<void> {
  await db.schema.createTable('club_members', (table) => {
    table.increments('id')
    table.string('email', 100).notNullable().unique()
    table.string('club_name', 100).notNullable()
    table.integer('seat_no').notNullable()
    table.unique(['club_name', 'seat_no'])
  })
}

const ann = { email: 'ann@example.com', club_name: 'chess', seat_no: 1 }

/** The columns that the error of a query names. */
async function columnsOf(query: PromiseLike<unknown>): Promise<readonly string[]> {
  try {
    await query
  } catch (error) {
    assert.ok(error instanceof DuplicateError, String(error))
    return error.columns
  }
  return []
}

onEach('an insert of a value that is taken names its column', async (db) => {
  await createMembers(db)
  await Member.query().insert(ann)
  assert.deepEqual(await columnsOf(Member.query().insert({ ...ann, seat_no: 2 })), ['email'])
})

onEach('a patch to a value that is taken names its column', async (db) => {
  await createMembers(db)
  await Member.query().insert(ann)
  await Member.query().insert({ ...ann, email: 'bob@example.com', seat_no: 2 })
  assert.deepEqual(await columnsOf(Member.query().findById(2).patch({ email: ann.email })), [
    'email',
  ])
})

onEach('columns that are unique together are named together', async (db) => {
  await createMembers(db)
  await Member.query().insert(ann)
  const taken = Member.query().insert({ ...ann, email: 'bob@example.com' })
  assert.deepEqual(await columnsOf(taken), ['club_name', 'seat_no'])
})

onEach('an id that is taken is named', async (db) => {
  await createMembers(db)
  await Member.query().insert({ ...ann, id: 7 })
  const taken = Member.query().insert({
    id: 7,
    email: 'bob@example.com',
    club_name: 'go',
    seat_no: 1,
  })
  assert.deepEqual(await columnsOf(taken), ['id'])
})

onEach('an index with a name of its own is found by it', async (db) => {
  await createMembers(db)
  await db.schema.alterTable('club_members', (table) => {
    table.unique(['seat_no'], { indexName: 'one_per_seat' })
  })
  await Member.query().insert(ann)
  const taken = Member.query().insert({ email: 'bob@example.com', club_name: 'go', seat_no: 1 })
  const named = await columnsOf(taken)
  // MariaDB says no more than the name of the index.
  assert.deepEqual(named, db.client.config.client === 'mysql2' ? ['one_per_seat'] : ['seat_no'])
})

onEach('the sentence names model and column, and not the value', async (db) => {
  await createMembers(db)
  await Member.query().insert(ann)
  await assert.rejects(async () => Member.query().insert({ ...ann, seat_no: 2 }), {
    name: 'DuplicateError',
    code: 'DUPLICATE',
    message: 'Member has unique columns, and another row already has this email.',
  })
})

onEach('another error of the database is no duplicate', async (db) => {
  await createMembers(db)
  const query = async () => Member.query().where('nowhere', 1)
  await assert.rejects(query, (error) => !(error instanceof DuplicateError))
})

onEach('an error of the program itself comes through as it is', async (db) => {
  await createMembers(db)
  const mine = Object.assign(new Error('UNIQUE constraint failed: no.thing'), { code: 20 })
  const query = async () => Member.query().runBefore(() => Promise.reject(mine))
  await assert.rejects(query, (error) => error === mine)
})
