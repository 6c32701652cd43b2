import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { Routes } from '../../../src/framework/application'
import { type Listening, listen } from '../../../src/framework/server/listen'
import { Type } from '../../../src/framework/validation'
import { appServing } from '../../support/served'

const body = Type.Object({ note: Type.Optional(Type.String()) }, { additionalProperties: false })
const routes = new Routes().post('/notes', { body }, ({ body: { note = '' } }) => note.length)
const app = appServing(routes)
let server: Listening

before(async () => {
  server = await listen(app, { host: '127.0.0.1', port: 0 })
})

after(async () => {
  server.abort()
  await server.close()
  await app.close()
})

type Sent = NonNullable<RequestInit['body']>

async function send(sent: Sent | undefined, headers: Record<string, string> = {}) {
  const init = { method: 'POST', duplex: 'half', ...(sent !== undefined && { body: sent }) }
  const json = { 'content-type': 'application/json', ...headers }
  const answer = await fetch(`${server.address}/notes`, { ...init, headers: json } as RequestInit)
  const text = await answer.text()
  if (answer.status >= 400) {
    assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  }
  return { status: answer.status, text }
}

const note = (length: number) => JSON.stringify({ note: 'x'.repeat(length) })

/** A body of unknown length, so that it is sent in chunks. */
const chunked = (text: string) => new Blob([text]).stream()

test('a body just under 1 MB is read', async () => {
  assert.deepEqual(await send(note(1_000_000)), { status: 200, text: '1000000' })
})

test('a body that says it is over 1 MB is a 413', async () => {
  assert.equal((await send(note(1_100_000))).status, 413)
})

test('a body that grows over 1 MB is a 413', async () => {
  assert.equal((await send(chunked(note(1_100_000)))).status, 413)
})

test('a compressed body is measured as it will be, not as it comes', async () => {
  const bomb = gzipSync(note(20_000_000))
  assert.ok(bomb.length < 100_000)
  assert.equal((await send(bomb, { 'content-encoding': 'gzip' })).status, 413)
})

test('the connection still serves the next request after a body that was too large', async () => {
  await send(chunked(note(3_000_000)))
  assert.equal((await send(note(5))).status, 200)
})

test('a compressed body is read', async () => {
  assert.equal((await send(gzipSync(note(5)), { 'content-encoding': 'gzip' })).text, '5')
  assert.equal((await send(brotliCompressSync(note(6)), { 'content-encoding': 'br' })).text, '6')
})

test('a body that cannot be decompressed is a 400', async () => {
  for (const encoding of ['gzip', 'br']) {
    assert.equal((await send('no archive', { 'content-encoding': encoding })).status, 400)
  }
})

test('a compression that is not known here is a 415', async () => {
  assert.equal((await send(note(5), { 'content-encoding': 'zstd' })).status, 415)
})

test('malformed JSON is a 400 that says so without quoting it', async () => {
  const { status, text } = await send('{"note": topsecret')
  assert.equal(status, 400)
  assert.match(text, /not valid JSON/)
  assert.doesNotMatch(text, /topsecret/)
})

test('a key that would change what an object inherits is a 400', async () => {
  assert.equal((await send('{"__proto__": {"admin": true}}')).status, 400)
})

test('JSON of another kind than the route wants is a 422', async () => {
  for (const other of ['5', '"text"', 'null', '[]', '']) {
    assert.equal((await send(other)).status, 422, other)
  }
})

test('no body at all is a 422, even where every part of it may be left out', async () => {
  assert.match((await send(undefined)).text, /"loc":\["body"\]/)
})

test('a body of another type is a 415', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    assert.equal((await send('note=5', { 'content-type': type })).status, 415, type)
  }
})

test('a type that is built on JSON is read', async () => {
  assert.equal((await send(note(5), { 'content-type': 'application/vnd.note+json' })).text, '5')
})

test('a body in another charset than UTF-8 is a 415', async () => {
  const type = (charset: string) => ({ 'content-type': `application/json; charset=${charset}` })
  assert.equal((await send(note(5), type('utf-16'))).status, 415)
  assert.equal((await send(note(5), type('UTF-8'))).status, 200)
})

test('a path that is not UTF-8 is a 400', async () => {
  for (const path of ['/notes/%FF', '/%', '/%C3%28']) {
    assert.equal((await fetch(server.address + path)).status, 400, path)
  }
})

test('brackets nested a hundred thousand deep are refused, not a failure', async () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  assert.equal((await send(`{"note": ${deep}}`)).status, 422)
})
