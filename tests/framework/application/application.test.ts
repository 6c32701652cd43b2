import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import { createApp } from '../../../src/app'
import { User } from '../../../src/features/users/models'
import { divide } from '../../../src/features/users/tasks'
import { type Application, requester } from '../../../src/framework/application'
import { NoApplicationError, StoreUnavailableError } from '../../../src/framework/errors'

const memory = { DATABASE_URL: 'sqlite::memory:', AGENDA_URL: 'sqlite::memory:' }
const ada = { username: 'ada', email: 'ada@example.com' }
const bob = { username: 'bob', email: 'bob@example.com' }

async function migrated(): Promise<Application> {
  const app = createApp(memory)
  await app.db.migrate.latest()
  return app
}

/** The names of the users in the database of one application. */
async function usersOf(app: Application): Promise<unknown[]> {
  const rows = await app.models.User?.query()
  return (rows ?? []).map((row) => (row as unknown as User).username)
}

let first: Application
let second: Application
let third: Application

before(async () => {
  first = await migrated()
  second = await migrated()
  third = await migrated()
})

after(() => Promise.all([first, second, third].map((app) => app.close())))

test('each application has its own database', async () => {
  await first.models.User?.query().insert(ada)
  assert.deepEqual(await Promise.all([first, second, third].map(usersOf)), [['ada'], [], []])
  await first.db('users').delete()
})

test('an imported model acts on the application that was created last', async () => {
  await User.query().insert(ada)
  assert.deepEqual(await Promise.all([first, second, third].map(usersOf)), [[], [], ['ada']])
  await third.db('users').delete()
})

test('in a request, an imported model acts on the application that serves it', async () => {
  await requester(first).post('/users', ada)
  await requester(second).post('/users', bob)
  assert.deepEqual(await Promise.all([first, second, third].map(usersOf)), [['ada'], ['bob'], []])
  await Promise.all([first, second].map((app) => app.db('users').delete()))
})

test('requests at the same time stay with their application', async () => {
  const apps = [first, second, third]
  const names = Array.from({ length: 10 }, (_, index) => `user${index}`)
  const post = (app: Application, username: string) =>
    requester(app).post('/users', { username, email: `${username}@example.com` })
  await Promise.all(names.flatMap((name) => apps.map((app) => post(app, name))))
  for (const app of apps) {
    assert.deepEqual((await usersOf(app)).sort(), names)
    await app.db('users').delete()
  }
})

test('inside run(), imported models and tasks act on that application', async () => {
  await second.run(async () => User.query().insert(ada))
  const job = await second.run(() => divide.now(1, 2))
  assert.deepEqual(await usersOf(second), ['ada'])
  assert.equal((await second.job(job.id)).name, 'users.divide')
  await assert.rejects(third.job(job.id), { code: 'JOB_NOT_FOUND' })
  await second.db('users').delete()
})

test('a task of an application sends to the jobs of that application', async () => {
  const sent = await (first.tasks.divide as typeof divide).now(1, 2)
  assert.equal((await first.job(sent.id)).id, sent.id)
  await assert.rejects(second.job(sent.id), { code: 'JOB_NOT_FOUND' })
})

test('an application is made of the settings that it was given', () => {
  const app = createApp({ ...memory, PORT: 4567 })
  assert.deepEqual([app.config.PORT, first.config.PORT], [4567, 3000])
  return app.close()
})

test('creating an application opens nothing, so a bad place is said by ready()', async () => {
  const app = createApp({ ...memory, DATABASE_URL: 'sqlite:/no/such/folder/db.sqlite3' })
  await assert.rejects(app.ready(), StoreUnavailableError)
  await app.close()
})

test('after close(), imported models act on the application before', async () => {
  const brief = await migrated()
  await brief.close()
  await User.query().insert(ada)
  assert.deepEqual(await usersOf(third), ['ada'])
  await third.db('users').delete()
})

test('close() may be called twice', async () => {
  const app = await migrated()
  await app.close()
  await app.close()
})

test('shown, an application says what it is made of and hides passwords', async () => {
  const app = createApp({ ...memory, DATABASE_URL: 'postgres://user:secret@host/db' })
  const shown = inspect(app)
  await app.close()
  assert.match(shown, /^Application \{[\s\S]*features: \[ 'home', 'users' \]/)
  assert.doesNotMatch(shown, /secret/)
})

test('with every application closed, nothing is left to act on', async () => {
  await Promise.all([first, second, third].map((app) => app.close()))
  await assert.rejects(async () => User.query(), NoApplicationError)
  await assert.rejects(async () => divide.now(1, 2), NoApplicationError)
})
