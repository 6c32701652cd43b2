import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Knex } from 'knex'
import { Model } from 'objection'
import { defineConfig } from '../../../src/framework/config'
import { closeDatabase, openDatabase, table } from '../../../src/framework/database'
import { ValidationError } from '../../../src/framework/errors'
import { Type } from '../../../src/framework/validation'

const columns = {
  id: Type.Integer({ primaryKey: true }),
  username: Type.String({ minLength: 1, maxLength: 8, unique: true }),
  email: Type.String({ format: 'email' }),
  age: Type.Integer({ minimum: 0, default: 18 }),
  nickname: Type.Optional(Type.String()),
  motto: Type.Union([Type.String(), Type.Null()], { default: null }),
}

class User extends table('users', columns) {}

/** A database with the table, and the statements that have reached it since. */
async function open(t: TestContext): Promise<{ db: Knex; statements: string[] }> {
  const environment = { NODE_ENV: 'test', DATABASE_URL: 'sqlite::memory:' }
  const db = openDatabase(defineConfig({ root: '/', environment }))
  t.after(() => closeDatabase(db))
  await db.schema.createTable('users', (table) => {
    table.increments('id')
    table.string('username').notNullable()
    table.string('email').notNullable()
    table.integer('age').notNullable()
    table.string('nickname')
    table.string('motto')
  })
  const statements: string[] = []
  db.on('query', ({ sql }: { sql: string }) => statements.push(sql))
  return { db, statements }
}

const valid = { username: 'ann', email: 'ann@example.com' }

/** The problems of a row, each as its place and sentence. */
async function problems(query: PromiseLike<unknown>): Promise<string[]> {
  try {
    await query
  } catch (error) {
    assert.ok(error instanceof ValidationError, String(error))
    return error.errors.map(({ loc, msg }) => `${loc.join('.')} ${msg}`)
  }
  return []
}

test('a model is an Objection class of that table', () => {
  assert.ok(User.prototype instanceof Model)
  assert.deepEqual([User.tableName, User.idColumn, User.name], ['users', 'id', 'User'])
})

test('a model carries its columns, for what else is made of them', () => {
  assert.equal(User.columns, columns)
})

test('an insert names every wrong column at once', async (t) => {
  await open(t)
  const row = { username: 'much too long', email: 'nowhere', age: -1 }
  assert.deepEqual((await problems(User.query().insert(row))).sort(), [
    'age must be >= 0',
    'email must match format "email"',
    'username must NOT have more than 8 characters',
  ])
})

test('an insert names every missing column, but not the id that the database counts', async (t) => {
  await open(t)
  const found = await problems(User.query().insert({}))
  assert.deepEqual(found.sort(), ['email is missing', 'username is missing'])
})

test('an insert names every unknown column', async (t) => {
  await open(t)
  const row = { ...valid, admin: true, role: 'root' }
  const found = await problems(User.query().insert(row as object))
  assert.deepEqual(found.sort(), ['admin is not known here', 'role is not known here'])
})

test('the error says the model, and never a value', async (t) => {
  await open(t)
  const row = { username: 'secret-secret', email: 'hunter22', age: -271_828 }
  await assert.rejects(
    async () => User.query().insert(row),
    (error: ValidationError) => {
      assert.match(error.paragraph, /^User is not valid: /)
      const text = JSON.stringify(error) + error.stack
      return !/secret|hunter22|271828/.test(text)
    },
  )
})

for (const [title, query] of [
  ['insert', () => User.query().insert({ username: '' })],
  ['several inserts', () => User.query().insertGraph([valid, { username: '' }])],
  ['update', () => User.query().findById(1).update({ username: 'ann' })],
  ['patch', () => User.query().patch({ username: '' })],
  ['patch of an instance', () => User.fromDatabaseJson({ id: 1 }).$query().patch({ email: '' })],
  ['patch and fetch', () => User.query().patchAndFetchById(1, { age: 1.5 })],
] as const) {
  test(`nothing of a wrong ${title} reaches the database`, async (t) => {
    const { statements } = await open(t)
    assert.notDeepEqual(await problems(query()), [])
    assert.deepEqual(statements, [])
  })
}

test('values of another type are refused, not turned into the right one', async (t) => {
  await open(t)
  const row = { username: 7, email: 'ann@example.com', age: '18' }
  assert.deepEqual((await problems(User.query().insert(row as object))).sort(), [
    'age must be integer',
    'username must be string',
  ])
})

test('null is for columns that say so', async (t) => {
  await open(t)
  const row = { ...valid, age: null, motto: null }
  assert.deepEqual(await problems(User.query().insert(row as object)), ['age must be integer'])
})

test('an insert fills in defaults', async (t) => {
  await open(t)
  const user = await User.query().insert(valid)
  assert.deepEqual([user.age, user.motto], [18, null])
})

test('an update of the whole row fills in defaults', async (t) => {
  await open(t)
  await User.query().insert({ ...valid, age: 40 })
  await User.query().findById(1).update(valid)
  assert.equal((await User.query().findById(1))?.age, 18)
})

test('a patch does not fill in defaults', async (t) => {
  await open(t)
  await User.query().insert({ ...valid, age: 40, motto: 'on' })
  await User.query().findById(1).patch({ username: 'bob' })
  const user = await User.query().findById(1)
  assert.deepEqual([user?.username, user?.age, user?.motto], ['bob', 40, 'on'])
})

test('a patch requires nothing, and still refuses unknown columns', async (t) => {
  await open(t)
  assert.deepEqual(await problems(User.query().patch({ age: 3 })), [])
  const patch = { age: 3, admin: true }
  assert.deepEqual(await problems(User.query().patch(patch as object)), ['admin is not known here'])
})

test('an optional column may be left out, and is then absent from the row', async (t) => {
  await open(t)
  await User.query().insert(valid)
  const user = await User.query().findById(1).throwIfNotFound()
  assert.deepEqual(['nickname' in user, user.motto], [false, null])
})

test('a row that was read can be written back as it is', async (t) => {
  await open(t)
  await User.query().insert(valid)
  const user = await User.query().findById(1).throwIfNotFound()
  user.username = 'bob'
  await user.$query().update(user)
  assert.equal((await User.query().findById(1))?.username, 'bob')
})

test('what was given is left as it was', async (t) => {
  await open(t)
  const row = { ...valid }
  await User.query().insert(row)
  assert.deepEqual(row, valid)
})

test('a frozen row can be inserted', async (t) => {
  await open(t)
  assert.equal((await User.query().insert(Object.freeze({ ...valid }))).age, 18)
})

test('fromJson checks as an insert does', () => {
  assert.throws(() => User.fromJson({ username: 'ann' }), { name: 'ValidationError' })
  assert.equal(User.fromJson(valid).age, 18)
})

test('hooks of Objection run, and may set columns', async (t) => {
  class Hooked extends table('users', columns) {
    override async $beforeInsert(): Promise<void> {
      this.motto = 'inserted'
    }
    override async $beforeUpdate(): Promise<void> {
      this.motto = 'updated'
    }
  }
  await open(t)
  const user = await Hooked.query().insert(valid)
  assert.equal(user.motto, 'inserted')
  await user.$query().patch({ age: 3 })
  assert.equal((await user.$query()).motto, 'updated')
})

test('a hook that fails keeps the row out, and its error comes through', async (t) => {
  class Hooked extends table('users', columns) {
    override $beforeInsert(): void {
      throw Object.assign(new Error('not today'), { code: 20 })
    }
  }
  const { statements } = await open(t)
  await assert.rejects(async () => Hooked.query().insert(valid), { message: 'not today' })
  assert.deepEqual(statements, [])
})

test('a model may have methods and getters of its own', async (t) => {
  class Person extends table('users', columns) {
    get label(): string {
      return `${this.username} <${this.email}>`
    }
  }
  await open(t)
  assert.equal((await Person.query().insert(valid)).label, 'ann <ann@example.com>')
})
