import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Routes, requester } from '../../../src/framework/application'
import { Type } from '../../../src/framework/validation'
import { appServing } from '../../support/served'

const body = Type.Object({ name: Type.String() })
const routes = new Routes('/echo')
  .get('/', {}, ({ ctx }) => ({ query: ctx.query, agent: ctx.get('user-agent') }))
  .get('/text', {}, ({ ctx }) => {
    ctx.body = 'plain text'
  })
  .post('/', { body }, (input) => input.body)
  .put('/', { body }, (input) => input.body)
  .patch('/', { body }, (input) => input.body)
  .delete('/', {}, () => {})

const app = appServing(routes)
const request = requester(app)
after(() => app.close())

test('an answer has its status, its headers and its parsed body', async () => {
  const { status, headers, body } = await request.get('/echo')
  assert.equal(status, 200)
  assert.match(String(headers['content-type']), /^application\/json/)
  assert.deepEqual((body as { query: object }).query, {})
})

test('an object is sent as JSON, with every method that has a body', async () => {
  for (const method of ['post', 'put', 'patch'] as const) {
    assert.deepEqual((await request[method]('/echo', { name: method })).body, { name: method })
  }
})

test('text is sent as it is', async () => {
  const headers = { 'content-type': 'application/json' }
  const { body } = await request.post('/echo', '{"name": "raw"}', { headers })
  assert.deepEqual(body, { name: 'raw' })
})

test('a query and headers may be given', async () => {
  const options = { query: { page: '2' }, headers: { 'user-agent': 'test' } }
  const { body } = await request.get('/echo', options)
  assert.deepEqual(body, { query: { page: '2' }, agent: 'test' })
})

test('a body that is no JSON stays text', async () => {
  assert.equal((await request.get('/echo/text')).body, 'plain text')
})

test('an answer without a body has an empty text', async () => {
  const { status, body } = await request.delete('/echo')
  assert.deepEqual([status, body], [204, ''])
})

test('a problem is parsed like any JSON', async () => {
  const { status, body } = await request.get('/nowhere')
  assert.deepEqual([status, (body as { title: string }).title], [404, 'Not Found'])
})

test('requests at the same time do not meet', async () => {
  const names = Array.from({ length: 50 }, (_, index) => `n${index}`)
  const answers = await Promise.all(names.map((name) => request.post('/echo', { name })))
  assert.deepEqual(
    answers.map(({ body }) => body),
    names.map((name) => ({ name })),
  )
})
