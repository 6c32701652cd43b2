import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { Routes } from '../../../src/framework/application'
import { type Listening, listen } from '../../../src/framework/server/listen'
import { Type } from '../../../src/framework/validation'
import { appServing } from '../../support/served'

const routes = new Routes()
  .get('/', {}, () => 'fine')
  .post('/', { body: Type.Object({}) }, () => {})
const app = appServing(routes)
let server: Listening

before(async () => {
  server = await listen(app, { host: '127.0.0.1', port: 0 })
})

after(async () => {
  await server.close()
  await app.close()
})

/** All that the server says to this, until it closes the connection. */
async function saysTo(request: string): Promise<{ status: number; answer: string }> {
  const socket = connect(Number(new URL(server.address).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(request)
  const answer = await text(socket)
  return { status: Number(answer.split(' ')[1]), answer }
}

test('what is no HTTP is a 400 as a problem, and the connection is closed', async () => {
  const { status, answer } = await saysTo('NONSENSE\r\n\r\n')
  assert.equal(status, 400)
  assert.match(answer, /Content-Type: application\/problem\+json\r\n/)
  assert.match(answer, /Connection: close\r\n/)
  const [, body = ''] = answer.split('\r\n\r\n')
  assert.equal(JSON.parse(body).detail, 'This is not a valid HTTP request.')
})

test('headers over 16 kB are a 431', async () => {
  const long = `X-Long: ${'x'.repeat(17_000)}`
  assert.equal((await saysTo(`GET / HTTP/1.1\r\nHost: x\r\n${long}\r\n\r\n`)).status, 431)
})

test('a length and chunks at the same time are refused, as they smuggle requests', async () => {
  const both = 'Content-Length: 5\r\nTransfer-Encoding: chunked'
  assert.equal((await saysTo(`POST / HTTP/1.1\r\nHost: x\r\n${both}\r\n\r\n0\r\n\r\n`)).status, 400)
})

describe('a client that takes its time', { concurrency: true }, () => {
  test('has 5 s for its headers, then a 408', async () => {
    const { status, answer } = await saysTo('GET / HTTP/1.1\r\nHost: x\r\n')
    assert.equal(status, 408)
    assert.match(answer, /took too long to arrive/)
  })

  test('has 10 s for its body, then a 408', async () => {
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json'
    assert.equal((await saysTo(`${head}\r\nContent-Length: 100\r\n\r\n{`)).status, 408)
  })
})
