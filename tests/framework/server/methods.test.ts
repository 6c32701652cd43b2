import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { inject } from 'light-my-request'
import { Routes } from '../../../src/framework/application'
import { Type } from '../../../src/framework/validation'
import { appServing } from '../../support/served'

const params = Type.Object({ id: Type.Integer() })
const routes = new Routes('/things')
  .get('/', {}, () => ['one', 'two'])
  .post('/', { body: Type.Object({}) }, () => ({}))
  .delete('/:id', { params }, () => {})

const app = appServing(routes)
const handle = app.callback()
after(() => app.close())

const ask = (method: string, url: string, payload?: string) =>
  inject(handle, { method: method as 'GET', url, ...(payload && { payload }) })

test('a known path with another method is a 405 that lists what the path knows', async () => {
  const { statusCode, headers } = await ask('PUT', '/things')
  assert.deepEqual([statusCode, headers.allow], [405, 'GET, HEAD, OPTIONS, POST'])
  assert.equal(headers['content-type'], 'application/problem+json')
})

test('each path lists its own methods', async () => {
  assert.equal((await ask('GET', '/things/5')).headers.allow, 'DELETE, OPTIONS')
})

test('TRACE and other rare methods are a 405 as well', async () => {
  for (const method of ['TRACE', 'PURGE', 'PROPFIND']) {
    assert.equal((await ask(method, '/things')).statusCode, 405, method)
  }
})

test('the method is refused before the type of the body', async () => {
  assert.equal((await ask('PUT', '/things', 'plain text')).statusCode, 405)
})

test('OPTIONS is a 204 that lists the methods', async () => {
  const { statusCode, headers, payload } = await ask('OPTIONS', '/things')
  assert.deepEqual([statusCode, headers.allow, payload], [204, 'GET, HEAD, OPTIONS, POST', ''])
})

test('HEAD is answered like GET, without a body', async () => {
  const head = await ask('HEAD', '/things')
  const get = await ask('GET', '/things')
  assert.equal(head.statusCode, 200)
  assert.equal(head.payload, '')
  assert.equal(head.headers['content-length'], get.headers['content-length'])
})

test('an unknown path is a 404, whatever the method', async () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT']) {
    const { statusCode, headers } = await ask(method, '/nothing')
    assert.deepEqual([statusCode, headers.allow], [404, undefined], method)
  }
})
