import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { createApp } from '../../../src/app'
import { requester } from '../../../src/framework/application'

const app = createApp({ DATABASE_URL: 'sqlite::memory:', AGENDA_URL: 'sqlite::memory:' })
const request = requester(app)
const ada = { username: 'ada', email: 'ada@example.com' }
const bob = { username: 'bob', email: 'bob@example.com' }

beforeEach(async () => {
  await app.db.migrate.latest()
  await app.db('users').delete()
})

after(() => app.close())

/** Creates a user over HTTP; its id. */
async function created(user: object): Promise<number> {
  const { status, body } = await request.post('/users', user)
  assert.equal(status, 201)
  return (body as { id: number }).id
}

/** Where the values of a 422 are not valid, and the rules that they break. */
function mistakes(body: unknown): string[] {
  const { errors } = body as { errors: { loc: string[]; type: string }[] }
  return errors.map(({ loc, type }) => `${loc.join('.')} ${type}`).sort()
}

test('creating a user answers 201 with the row and where it is', async () => {
  const { status, headers, body } = await request.post('/users', ada)
  const { id } = body as { id: number }
  assert.deepEqual([status, body], [201, { id, ...ada }])
  assert.equal(headers.location, `/users/${id}`)
  assert.deepEqual((await request.get(`/users/${id}`)).body, { id, ...ada })
})

test('the list starts empty', async () => {
  const { body } = await request.get('/users')
  assert.deepEqual(body, { items: [], total: 0, limit: 20, offset: 0 })
})

test('the list comes in pages, by id, with the total', async () => {
  const ids = [await created(ada), await created(bob)]
  const first = (await request.get('/users', { query: { limit: '1' } })).body
  assert.deepEqual(first, { items: [{ id: ids[0], ...ada }], total: 2, limit: 1, offset: 0 })
  const second = (await request.get('/users?limit=1&offset=1')).body
  assert.deepEqual(second, { items: [{ id: ids[1], ...bob }], total: 2, limit: 1, offset: 1 })
})

test('the size of a page is 1 to 100 and its start is not negative', async () => {
  for (const query of ['limit=0', 'limit=101', 'offset=-1', 'offset=1e300', 'limit=many']) {
    assert.equal((await request.get(`/users?${query}`)).status, 422, query)
  }
  assert.deepEqual(mistakes((await request.get('/users?limit=0&offset=-1')).body), [
    'query.limit minimum',
    'query.offset minimum',
  ])
})

test('changing a user changes the columns that are sent', async () => {
  const id = await created(ada)
  const { status, body } = await request.patch(`/users/${id}`, { email: 'a@example.com' })
  assert.deepEqual([status, body], [200, { ...ada, id, email: 'a@example.com' }])
  assert.deepEqual((await request.get(`/users/${id}`)).body, body)
})

test('changing nothing is a 422', async () => {
  const id = await created(ada)
  assert.deepEqual(mistakes((await request.patch(`/users/${id}`, {})).body), ['body minProperties'])
})

test('deleting a user answers 204, and then it is gone', async () => {
  const id = await created(ada)
  const { status, body } = await request.delete(`/users/${id}`)
  assert.deepEqual([status, body], [204, ''])
  assert.equal((await request.get(`/users/${id}`)).status, 404)
})

test('a user that is not there is a 404, however it is asked for', async () => {
  const answers = await Promise.all([
    request.get('/users/7'),
    request.patch('/users/7', { username: 'x' }),
    request.delete('/users/7'),
  ])
  for (const { status, body } of answers) {
    assert.deepEqual([status, (body as { detail: string }).detail], [404, 'User 7 was not found.'])
  }
})

test('an id that no row can have is a 422', async () => {
  for (const id of ['x', '1.5', '-1', '2147483648', '%00', "1'--"]) {
    assert.deepEqual((await request.get(`/users/${id}`)).status, 422, id)
  }
})

test('a name or address that is taken is a 409 that names the column', async () => {
  await created(ada)
  for (const column of ['username', 'email'] as const) {
    const { status, body } = await request.post('/users', { ...bob, [column]: ada[column] })
    const errors = [{ loc: ['body', column], msg: 'is already taken', type: 'unique' }]
    assert.deepEqual([status, (body as { errors: unknown }).errors], [409, errors])
  }
})

test('a change to what is taken is a 409', async () => {
  await created(ada)
  const id = await created(bob)
  assert.equal((await request.patch(`/users/${id}`, { username: ada.username })).status, 409)
})

test('all mistakes of a body are named at once', async () => {
  const { status, body } = await request.post('/users', { username: '', admin: true })
  assert.equal(status, 422)
  const expected = ['body.admin additionalProperties', 'body.email required']
  assert.deepEqual(mistakes(body), [...expected, 'body.username minLength'])
})

test('mistakes of path and body are named together', async () => {
  const { body } = await request.patch('/users/x', { email: 5 })
  assert.deepEqual(mistakes(body), ['body.email type', 'path.id type'])
})

test('an answer never repeats a value that it refuses', async () => {
  const secret = 'hunter2'.repeat(20)
  const refused = await Promise.all([
    request.post('/users', { username: secret, email: secret }),
    request.get(`/users?limit=${secret}`),
    request.get(`/users/${secret}`),
    request.post('/users', `{"username": ${secret}`, {
      headers: { 'content-type': 'application/json' },
    }),
  ])
  for (const { status, headers, body } of refused) {
    assert.ok(status === 422 || status === 400)
    assert.doesNotMatch(JSON.stringify([headers, body]), /hunter2/)
  }
})

test('the value that is taken is not repeated either', async () => {
  await created(ada)
  assert.doesNotMatch(JSON.stringify((await request.post('/users', ada)).body), /ada/)
})

test('the database gives the id, not the client', async () => {
  const { body } = await request.post('/users', { id: 5, ...ada })
  assert.deepEqual(mistakes(body), ['body.id additionalProperties'])
})
