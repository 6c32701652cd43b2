import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { User } from '../../../src/features/users/models'
import { Routes, requester } from '../../../src/framework/application'
import { NotFoundError } from '../../../src/framework/errors'
import { appServing, withServer } from '../../support/served'

const problemType = 'application/problem+json'

/** What a GET of a route with this handler is answered with. */
async function answerOf(handler: Parameters<Routes['get']>[2], NODE_ENV = 'test') {
  const app = appServing(new Routes().get('/', {}, handler), { NODE_ENV })
  app.on('error', () => {})
  try {
    const { status, headers, body } = await requester(app).get('/')
    return { status, headers, body: body as Record<string, unknown> }
  } finally {
    await app.close()
  }
}

test('an error of a handler is answered as a problem', async () => {
  const { status, headers, body } = await answerOf(() => {
    throw new NotFoundError('The page')
  })
  assert.deepEqual([status, headers['content-type']], [404, problemType])
  assert.equal(body.detail, 'The page was not found.')
})

test('what a model refuses is a 422 with its place in the body', async () => {
  const { status, body } = await answerOf(() => User.query().insert({ username: 'x', email: '' }))
  assert.equal(status, 422)
  const expected = [{ loc: ['body', 'email'], msg: 'must match format "email"', type: 'format' }]
  assert.deepEqual(body.errors, expected)
})

test('ctx.throw is answered as a problem, with the headers it was given', async () => {
  const { status, headers, body } = await answerOf(({ ctx }) =>
    ctx.throw(401, 'Sign in first.', { headers: { 'www-authenticate': 'Bearer' } }),
  )
  assert.deepEqual([status, body.detail], [401, 'Sign in first.'])
  assert.equal(headers['www-authenticate'], 'Bearer')
})

test('an error status without a body is answered as a problem', async () => {
  const { status, body } = await answerOf(({ ctx }) => {
    ctx.status = 403
  })
  assert.deepEqual([status, body.title], [403, 'Forbidden'])
})

test('a value that cannot be written as JSON is a problem', async () => {
  const { status, headers } = await answerOf(() => ({ big: 1n }))
  assert.deepEqual([status, headers['content-type']], [500, problemType])
})

test('a stream that breaks cuts the connection and is emitted as an error', async () => {
  const failure = new Error('gone')
  const broken = new Readable({ read: () => broken.destroy(failure) })
  const app = appServing(new Routes().get('/', {}, () => broken))
  const emitted = once(app, 'error')
  await withServer(app, async ({ address }) => {
    await assert.rejects(fetch(address))
    assert.equal((await emitted)[0], failure)
  })
})

test('headers that a handler set for its body do not go with the problem', async () => {
  const { headers } = await answerOf(({ ctx }) => {
    ctx.set({ etag: '"1"', 'cache-control': 'public', 'content-disposition': 'attachment' })
    throw new Error('broken')
  })
  assert.equal(
    headers.etag ?? headers['cache-control'] ?? headers['content-disposition'],
    undefined,
  )
})

test('a failure shows its stack in development', async () => {
  const { body } = await answerOf(() => {
    throw new Error('broken')
  }, 'development')
  assert.match(String(body.stack), /errors\.test\.ts/)
})

test('a failure shows neither message nor stack in production', async () => {
  const { body } = await answerOf(() => {
    throw new Error('the secret')
  }, 'production')
  assert.doesNotMatch(JSON.stringify(body), /secret|\.ts/)
})

test('a failure is emitted once as an error', async () => {
  const failure = new Error('broken')
  const app = appServing(new Routes().get('/', {}, () => Promise.reject(failure)))
  const emitted: unknown[] = []
  app.on('error', (error) => emitted.push(error))
  await requester(app).get('/')
  await app.close()
  assert.deepEqual(emitted, [failure])
})

test('a connection that breaks to somebody else is a failure like any other', async () => {
  const failure = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  const app = appServing(new Routes().get('/', {}, () => Promise.reject(failure)))
  const emitted = once(app, 'error')
  assert.equal((await requester(app).get('/')).status, 500)
  assert.equal((await emitted)[0], failure)
  await app.close()
})

test('a client that goes away during a long answer is not emitted as an error', async () => {
  const endless = new Readable({ read: () => void endless.push('more') })
  const app = appServing(new Routes().get('/', {}, () => endless))
  app.on('error', (error) => assert.fail(error))
  await withServer(app, async ({ address }) => {
    const { body } = await fetch(address)
    const served = once(app, 'served')
    await body?.cancel()
    await served
  })
})

test('a mistake of the client is not emitted as an error', async () => {
  const app = appServing(new Routes())
  app.on('error', (error) => assert.fail(error))
  assert.equal((await requester(app).get('/nowhere')).status, 404)
  await app.close()
})
