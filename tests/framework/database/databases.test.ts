import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Knex } from 'knex'
import { defineConfig } from '../../../src/framework/config'
import { closeDatabase, databases, openDatabase, table } from '../../../src/framework/database'
import { NoApplicationError } from '../../../src/framework/errors'
import { Type } from '../../../src/framework/validation'

class Note extends table('notes', { text: Type.String() }) {}

/** A database of its own whose one note is its name. */
async function open(t: TestContext, name: string): Promise<Knex> {
  const environment = { NODE_ENV: 'test', DATABASE_URL: 'sqlite::memory:' }
  const db = openDatabase(defineConfig({ root: '/', environment }))
  t.after(() => closeDatabase(db))
  await db.schema.createTable('notes', (table) => table.string('text'))
  await db('notes').insert({ text: name })
  return db
}

async function current(): Promise<string | undefined> {
  return (await Note.query().first())?.text
}

test('an imported model without an application is an error that says so', async () => {
  await assert.rejects(async () => Note.query(), NoApplicationError)
  await assert.rejects(async () => Note.query(), {
    message: 'Note was used, but no application is open in this process.',
  })
})

test('an imported model acts on the database that was opened last', async (t) => {
  await open(t, 'first')
  await open(t, 'second')
  assert.equal(await current(), 'second')
})

test('after the last database is closed the one before it is meant again', async (t) => {
  await open(t, 'first')
  await closeDatabase(await open(t, 'second'))
  assert.equal(await current(), 'first')
})

test('after all are closed there is none', async (t) => {
  await closeDatabase(await open(t, 'only'))
  await assert.rejects(async () => Note.query(), NoApplicationError)
})

test('a query made inside run() acts on that database, wherever it is awaited', async (t) => {
  const first = await open(t, 'first')
  await open(t, 'second')
  const query = databases.run(first, () => Note.query().first())
  assert.equal((await query)?.text, 'first')
})

test('inside run() an imported model acts on that database, and so does all that it awaits', async (t) => {
  const first = await open(t, 'first')
  await open(t, 'second')
  const seen = await databases.run(first, async () => [
    await current(),
    await Promise.resolve().then(current),
  ])
  assert.deepEqual([...seen, await current()], ['first', 'first', 'second'])
})

test('runs side by side do not meet', async (t) => {
  const names = ['first', 'second', 'third']
  const opened = await Promise.all(names.map((name) => open(t, name)))
  assert.deepEqual(await Promise.all(opened.map((db) => databases.run(db, current))), names)
})

test('a bound model acts on its own database, whatever else is open', async (t) => {
  const first = await open(t, 'first')
  const second = await open(t, 'second')
  const bound = Note.bindKnex(first)
  const note = await databases.run(second, async () => bound.query().first())
  assert.equal(note?.text, 'first')
})

test('a bound model is a kind of the model, and so are its rows', async (t) => {
  const bound = Note.bindKnex(await open(t, 'only'))
  const note = await bound.query().first()
  assert.ok(bound.prototype instanceof Note)
  assert.ok(note instanceof Note)
  assert.equal(bound.name, 'Note')
})

test('a model can be bound before any application is open', async (t) => {
  const db = await open(t, 'only')
  databases.close(db)
  assert.equal((await Note.bindKnex(db).query().first())?.text, 'only')
})

test('knex() of a model is the database that it acts on', async (t) => {
  const db = await open(t, 'only')
  assert.equal(Note.knex(), db)
})
