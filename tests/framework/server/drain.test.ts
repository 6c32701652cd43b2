import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Routes } from '../../../src/framework/application'
import type { Listening } from '../../../src/framework/server/listen'
import { appServing, withServer } from '../../support/served'

/** A route that waits until the test lets it go on, beside one that is quick. */
function gated() {
  let open = () => {}
  let arrived = () => {}
  const gate = new Promise<void>((resolve) => (open = resolve))
  const reached = new Promise<void>((resolve) => (arrived = resolve))
  const slow = async () => {
    arrived()
    await gate
    return 'slow'
  }
  const routes = new Routes().get('/quick', {}, () => 'quick').get('/slow', {}, slow)
  return { app: appServing(routes), open, reached }
}

interface Got {
  status: number | undefined
  connection: string | undefined
}

/** One GET; settles when the answer is read to its end. */
async function getFrom({ address }: Listening, path: string, agent: Agent): Promise<Got> {
  const [answer] = (await once(get(address + path, { agent }), 'response')) as [IncomingMessage]
  const got = { status: answer.statusCode, connection: answer.headers.connection }
  await once(answer.resume(), 'end')
  return got
}

/** Settles when the server takes no new connection any more. */
async function stopped(server: Listening): Promise<void> {
  for (;;) {
    const socket = connect(Number(new URL(server.address).port), '127.0.0.1')
    const refused = await once(socket, 'connect').catch(() => 'refused')
    socket.destroy()
    if (refused === 'refused') return
  }
}

/** Asks again and again over one connection until the server is gone; the code of what ended it. */
async function askUntilGone(server: Listening): Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    for (;;) await getFrom(server, '/quick', agent)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  } finally {
    agent.destroy()
  }
}

test('16 clients that ask without a pause and 10 slow requests: none is reset', async () => {
  let slowOnes = 0
  const routes = new Routes()
    .get('/quick', {}, () => 'quick')
    .get('/slow', {}, () => {
      slowOnes += 1
      return sleep(700, 'slow')
    })
  const app = appServing(routes)
  await withServer(app, async (server) => {
    const agent = new Agent()
    const clients = Array.from({ length: 16 }, () => askUntilGone(server))
    const slow = Array.from({ length: 10 }, () => getFrom(server, '/slow', agent))
    while (slowOnes < slow.length) await once(app, 'served')
    await server.close()
    assert.deepEqual(new Set(await Promise.all(clients)), new Set(['ECONNREFUSED']))
    assert.deepEqual(new Set((await Promise.all(slow)).map(({ status }) => status)), new Set([200]))
  })
})

test('a request in flight is answered, and its connection is told to close', async () => {
  const { app, open, reached } = gated()
  await withServer(app, async (server) => {
    const answer = getFrom(server, '/slow', new Agent({ keepAlive: true }))
    await reached
    const closed = server.close()
    await stopped(server)
    open()
    assert.deepEqual(await answer, { status: 200, connection: 'close' })
    await closed
  })
})

test('while it drains, no new connection is taken', async () => {
  const { app, open, reached } = gated()
  await withServer(app, async (server) => {
    const answer = getFrom(server, '/slow', new Agent())
    await reached
    const closed = server.close()
    await stopped(server)
    open()
    await Promise.all([answer, closed])
  })
})

test('a connection that is kept open serves one more request, then closes', async () => {
  const { app, open, reached } = gated()
  await withServer(app, async (server) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const other = getFrom(server, '/slow', new Agent())
    assert.equal((await getFrom(server, '/quick', agent)).connection, 'keep-alive')
    await reached
    const closed = server.close()
    await stopped(server)
    assert.deepEqual(await getFrom(server, '/quick', agent), { status: 200, connection: 'close' })
    open()
    await Promise.all([other, closed])
  })
})

test('with no connection, closing does not wait', async () => {
  await withServer(gated().app, async (server) => {
    const first = await Promise.race([server.close().then(() => 'closed'), sleep(400, 'waits')])
    assert.equal(first, 'closed')
  })
})

test('a connection with nothing in flight does not hold it up', { timeout: 3_000 }, async () => {
  await withServer(gated().app, async (server) => {
    const agent = new Agent({ keepAlive: true })
    await getFrom(server, '/quick', agent)
    await server.close()
    agent.destroy()
  })
})

test('a connection that never said a word does not either', { timeout: 3_000 }, async () => {
  await withServer(gated().app, async (server) => {
    const socket = connect(Number(new URL(server.address).port), '127.0.0.1')
    await once(socket, 'connect')
    const ended = once(socket.resume(), 'end')
    await Promise.all([server.close(), ended])
  })
})

test('aborting cuts what is in flight, and closing is done', async () => {
  const { app, reached } = gated()
  await withServer(app, async (server) => {
    const answer = assert.rejects(getFrom(server, '/slow', new Agent()), { code: 'ECONNRESET' })
    await reached
    const closed = server.close()
    server.abort()
    await Promise.all([answer, closed])
  })
})
