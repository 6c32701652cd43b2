import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { Program } from './support/process'

const settings = {
  NODE_ENV: 'development',
  HOST: '127.0.0.1',
  PORT: '0',
  DATABASE_URL: 'sqlite::memory:',
  AGENDA_URL: 'sqlite::memory:',
}

const start = (more: Record<string, string> = {}) =>
  new Program('src/server.ts', { ...settings, ...more })

/** Where it listens, once it does. */
async function addressOf(server: Program): Promise<string> {
  await server.printed(/job store .*\n/)
  const [address] = await server.printed(/http:\S+/)
  return address
}

test('it says who it is, then one line for each fact', async () => {
  await using server = start()
  const { port } = new URL(await addressOf(server))
  const [facts] = server.output.split('Database ', 1)
  assert.equal(
    facts,
    `atelier 0.1.0
  address      http://127.0.0.1:${port}
  environment  development
  database     sqlite::memory:
  job store    sqlite::memory:
`,
  )
})

test('a database that lacks migrations is said after that', async () => {
  await using server = start()
  await addressOf(server)
  await server.printed(/1 migration pending; apply with: npx knex migrate:latest\n/)
})

test('GET / answers Hello World', async () => {
  await using server = start()
  const answer = await fetch(await addressOf(server))
  assert.deepEqual([answer.status, await answer.json()], [200, { message: 'Hello World' }])
})

test('in development, a request is one short line, without its query', async () => {
  await using server = start()
  await fetch(`${await addressOf(server)}/?token=secret`)
  await server.printed(/\nGET \/ 200 \d+ ms\n/)
  assert.doesNotMatch(server.output, /secret/)
})

test('in production, a request is a line of JSON, without headers, query and body', async () => {
  await using server = start({ NODE_ENV: 'production' })
  const headers = { authorization: 'secret', cookie: 'id=secret', 'x-request-id': 'order-1' }
  const body = '{"password":"secret"}'
  await fetch(`${await addressOf(server)}/users?q=secret`, { method: 'POST', headers, body })
  const [line] = await server.printed(/^\{.*\}$/m)
  const { time, ms, ...facts } = JSON.parse(line)
  assert.deepEqual([typeof time, typeof ms], ['number', 'number'])
  const served = { level: 30, id: 'order-1', method: 'POST', path: '/users', status: 415 }
  assert.deepEqual(facts, { ...served, msg: 'served' })
  assert.doesNotMatch(server.output, /secret/)
})

test('a failure is logged once, with its stack, and answered without it', async () => {
  await using server = start({ NODE_ENV: 'production' })
  const answer = await fetch(`${await addressOf(server)}/users`)
  assert.equal(answer.status, 500)
  assert.doesNotMatch(await answer.text(), /no such table/)
  await server.printed(/"status":500/)
  const failures = server.output.match(/"level":50.*no such table: users.*"stack"/g)
  assert.equal(failures?.length, 1)
})

test('the log of a failed query does not hold the values of the row', async () => {
  await using server = start({ NODE_ENV: 'production' })
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ username: 'secret', email: 'secret@example.com' })
  await fetch(`${await addressOf(server)}/users`, { method: 'POST', headers, body })
  await server.printed(/no such table[\s\S]*"status":500/)
  assert.doesNotMatch(server.output, /secret/)
})

test('a port in use is one paragraph, and exit code 1', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  await using server = start({ PORT: String(port) })
  assert.equal(await server.exit(), 1)
  other.close()
  assert.match(server.output, /^The server cannot listen on 127\.0\.0\.1:\d+: another .*\n$/)
})

test('an unknown NODE_ENV is one paragraph, and exit code 1', async () => {
  await using server = start({ NODE_ENV: 'staging' })
  assert.equal(await server.exit(), 1)
  assert.match(
    server.output,
    /NODE_ENV: expected one of development, production, test, saw 'staging'/,
  )
  assert.doesNotMatch(server.output, /\n {4}at /)
})

test('a database that cannot be opened is one paragraph, and exit code 1', async () => {
  await using server = start({ DATABASE_URL: 'sqlite:/no/such/folder/db.sqlite3' })
  assert.equal(await server.exit(), 1)
  assert.match(server.output, /^The database sqlite:\/no\/such\/folder.* does not exist\. .*\n$/)
})

test('a password is hidden where the database is printed', async () => {
  await using server = start({ DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/app' })
  assert.equal(await server.exit(), 1)
  assert.match(server.output, /^The database postgres:\/\/me:\*\*\*@127\.0\.0\.1:1\/app cannot/)
})

/** A request that the server has begun to read, and whose body is still to come. */
async function begun(address: string): Promise<ClientRequest> {
  const headers = { 'content-type': 'application/json', expect: '100-continue' }
  const client = request(`${address}/users`, { method: 'POST', headers })
  client.flushHeaders()
  await once(client, 'continue')
  return client
}

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  test(`after ${name}, a request in flight is answered, and the exit code is 0`, async () => {
    await using server = start()
    const address = await addressOf(server)
    const client = await begun(address)
    server.signal(name)
    await stopped(address)
    client.end('{"username": 5}')
    const [answer] = (await once(client, 'response')) as [IncomingMessage]
    assert.deepEqual([answer.statusCode, answer.headers.connection], [422, 'close'])
    assert.match(await text(answer), /must be string/)
    assert.equal(await server.exit(), 0)
  })
}

/** Settles when the server takes no new connection any more. */
async function stopped(address: string): Promise<void> {
  for (;;) {
    const socket = connect(Number(new URL(address).port), '127.0.0.1')
    const refused = await once(socket, 'connect').catch(() => 'refused')
    socket.destroy()
    if (refused === 'refused') return
  }
}
