import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { StoreUnavailableError } from '../../../../../src/framework/errors'
import { task } from '../../../../../src/framework/jobs'
import { appWith } from '../../../../support/jobs'
import { MongoServer, skipWithoutProgram } from '../../../../support/mongo-server'

const add = task('open.add', (x: number, y: number) => x + y)
const options = { skip: skipWithoutProgram }

/** What sending a job is refused with, which must be said within 5 s. */
async function refusal(url: string): Promise<string> {
  const app = appWith({ add }, { AGENDA_URL: url })
  const began = performance.now()
  try {
    const error = await add.now(1, 2).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof StoreUnavailableError, String(error))
    assert.ok(performance.now() - began < 5_000)
    return error.paragraph
  } finally {
    await app.close()
  }
}

test('a server that is not there is said within 5 s, the password hidden', async () => {
  assert.equal(
    await refusal('mongodb://me:secret@127.0.0.1:1/jobs'),
    'The job store mongodb://me:***@127.0.0.1:1/jobs cannot be used: connect ECONNREFUSED 127.0.0.1:1.' +
      ' Check AGENDA_URL, and that the server is running.',
  )
})

test('a server that takes connections and never answers is said within 5 s', async () => {
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  assert.match(await refusal(`mongodb://127.0.0.1:${port}/jobs`), /timed out/)
  for (const socket of sockets) socket.destroy()
  silent.close()
})

test('a server that is alone where a replica set is named says so', options, async () => {
  await using server = await MongoServer.alone()
  const said = await refusal(`${server.url}?replicaSet=other`)
  assert.match(said, /cannot be used/)
})

test('a server that is started later is used then', options, async () => {
  await using server = await MongoServer.replicated()
  await server.kill()
  const app = appWith({ add }, { AGENDA_URL: server.url })
  await assert.rejects(add.now(1, 2), StoreUnavailableError)
  await server.resume()
  assert.equal((await add.now(1, 2)).state, 'PENDING')
  await app.close()
})
