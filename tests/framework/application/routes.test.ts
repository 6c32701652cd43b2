import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, type Requester, Routes, requester } from '../../../src/framework/application'
import { Type } from '../../../src/framework/validation'
import { appServing } from '../../support/served'

/** What one request to an application with these routes is answered with. */
async function ask(routes: Routes, send: (request: Requester) => Promise<Answer>): Promise<Answer> {
  const app = appServing(routes)
  try {
    return await send(requester(app))
  } finally {
    await app.close()
  }
}

test('what a handler returns is the JSON body', async () => {
  const routes = new Routes().get('/', {}, () => ({ message: 'Hello World' }))
  const { status, headers, body } = await ask(routes, (request) => request.get('/'))
  assert.deepEqual([status, body], [200, { message: 'Hello World' }])
  assert.equal(headers['content-type'], 'application/json; charset=utf-8')
})

test('a handler that returns nothing answers 204', async () => {
  const routes = new Routes().delete('/', {}, async () => {})
  assert.equal((await ask(routes, (request) => request.delete('/'))).status, 204)
})

test('a route may declare another status for success', async () => {
  const routes = new Routes().post('/', { status: 202 }, () => 'soon')
  assert.equal((await ask(routes, (request) => request.post('/'))).status, 202)
})

test('a handler may set the status and the body itself', async () => {
  const routes = new Routes().get('/', {}, ({ ctx }) => {
    ctx.status = 203
    ctx.body = 'by hand'
  })
  const { status, body } = await ask(routes, (request) => request.get('/'))
  assert.deepEqual([status, body], [203, 'by hand'])
})

test('a handler may send the client elsewhere', async () => {
  const routes = new Routes().get('/', {}, ({ ctx }) => ctx.redirect('/there'))
  const { status, headers } = await ask(routes, (request) => request.get('/'))
  assert.deepEqual([status, headers.location], [302, '/there'])
})

test('every route is under the prefix', async () => {
  const routes = new Routes('/things').get('/', {}, () => 'all').get('/:id', {}, () => 'one')
  assert.equal((await ask(routes, (request) => request.get('/things'))).body, 'all')
  assert.equal((await ask(routes, (request) => request.get('/things/5'))).body, 'one')
  assert.equal((await ask(routes, (request) => request.get('/'))).status, 404)
})

test('parts of the path and of the query arrive in their declared type', async () => {
  const params = Type.Object({ id: Type.Integer() })
  const query = Type.Object({ deep: Type.Boolean(), tags: Type.Array(Type.String()) })
  const routes = new Routes().get('/:id', { params, query }, (input) => [input.params, input.query])
  const { body } = await ask(routes, (request) => request.get('/5?deep=true&tags=new'))
  assert.deepEqual(body, [{ id: 5 }, { deep: true, tags: ['new'] }])
})

test('what the query leaves out has its default', async () => {
  const query = Type.Object({ limit: Type.Integer({ default: 20 }) })
  const routes = new Routes().get('/', { query }, (input) => input.query)
  assert.deepEqual((await ask(routes, (request) => request.get('/'))).body, { limit: 20 })
})

test('a body is not bent into its declared type', async () => {
  const body = Type.Object({ count: Type.Integer() })
  const routes = new Routes().post('/', { body }, () => 'fine')
  const { status } = await ask(routes, (request) => request.post('/', { count: '5' }))
  assert.equal(status, 422)
})

test('the mistakes of path, query and body are listed together', async () => {
  const part = Type.Object({ number: Type.Integer() })
  const schemas = { params: part, query: part, body: part }
  const routes = new Routes().put('/:number', schemas, () => 'fine')
  const answer = await ask(routes, (request) => request.put('/x?number=y', {}))
  const { errors } = answer.body as { errors: { loc: string[] }[] }
  const places = errors.map(({ loc }) => loc.join('.'))
  assert.deepEqual(places, ['path.number', 'query.number', 'body.number'])
})

test('a handler is not run when the request is not valid', async () => {
  const query = Type.Object({ limit: Type.Integer() })
  const routes = new Routes().get('/', { query }, () => assert.fail('The handler ran.'))
  assert.equal((await ask(routes, (request) => request.get('/'))).status, 422)
})

test('a route that declares no body does not read one', async () => {
  const routes = new Routes().post('/', {}, ({ body }) => ({ read: body !== undefined }))
  assert.deepEqual((await ask(routes, (request) => request.post('/', '{'))).body, { read: false })
})

test('a DELETE may declare a body', async () => {
  const body = Type.Object({ ids: Type.Array(Type.Integer()) })
  const app = appServing(new Routes().delete('/', { body }, (input) => input.body.ids))
  const { inject } = await import('light-my-request')
  const answer = await inject(app.callback(), { method: 'DELETE', url: '/', payload: { ids: [1] } })
  await app.close()
  assert.equal(answer.payload, '[1]')
})
