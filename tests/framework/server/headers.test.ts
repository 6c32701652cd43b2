import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Routes, requester } from '../../../src/framework/application'
import { appServing } from '../../support/served'

const app = appServing(new Routes().get('/', {}, () => ({ fine: true })))
const request = requester(app)
after(() => app.close())

const guards = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

test('an answer carries the headers that guard a browser', async () => {
  const { headers } = await request.get('/')
  for (const [name, value] of Object.entries(guards)) assert.equal(headers[name], value)
  assert.match(String(headers['content-security-policy']), /default-src 'self'/)
})

test('an error carries them too', async () => {
  const { headers } = await request.get('/nowhere')
  for (const [name, value] of Object.entries(guards)) assert.equal(headers[name], value)
})

test('nothing says which software answers', async () => {
  const { headers } = await request.get('/')
  assert.equal(headers['x-powered-by'] ?? headers.server, undefined)
})

test('each request gets an id of its own', async () => {
  const ids = await Promise.all(
    [1, 2].map(async () => (await request.get('/')).headers['x-request-id']),
  )
  assert.match(String(ids[0]), /^[\w-]{36}$/)
  assert.notEqual(ids[0], ids[1])
})

test('an id that the client sends is kept', async () => {
  const { headers } = await request.get('/', { headers: { 'x-request-id': 'order-4711' } })
  assert.equal(headers['x-request-id'], 'order-4711')
})

test('an id that could do harm is replaced', async () => {
  for (const id of ['a b', '<script>', 'x'.repeat(65)]) {
    const { headers } = await request.get('/', { headers: { 'x-request-id': id } })
    assert.match(String(headers['x-request-id']), /^[\w-]{36}$/)
  }
})

test('a problem names the id of its request', async () => {
  const { body } = await request.get('/nowhere', { headers: { 'x-request-id': 'order-4711' } })
  assert.equal((body as { instance: string }).instance, 'order-4711')
})
