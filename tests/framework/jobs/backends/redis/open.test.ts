import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { StoreUnavailableError } from '../../../../../src/framework/errors'
import { task } from '../../../../../src/framework/jobs'
import { appWith } from '../../../../support/jobs'
import { RedisServer, skipWithoutProgram } from '../../../../support/redis-server'

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
    await refusal('redis://me:secret@127.0.0.1:1/0'),
    'The job store redis://me:***@127.0.0.1:1/0 cannot be used: connect ECONNREFUSED 127.0.0.1:1.' +
      ' Check AGENDA_URL, and that the server is running.',
  )
})

test('a server that takes connections and never answers is said within 5 s', async () => {
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  assert.match(await refusal(`redis://127.0.0.1:${port}/0`), /did not answer within 4 s/)
  for (const socket of sockets) socket.destroy()
  silent.close()
})

test('a server that wants a password says so', options, async () => {
  await using server = await RedisServer.start('--requirepass', 'right')
  assert.match(await refusal(server.url), /NOAUTH/)
  assert.match(await refusal(server.url.replace('//', '//:wrong@')), /WRONGPASS/)
})

test(
  'a database that the server does not have is refused, not taken for the first',
  options,
  async () => {
    await using server = await RedisServer.start()
    assert.match(await refusal(server.url.replace(/0$/, '99')), /DB index is out of range/)
  },
)

test('a server that is started later is used then', options, async () => {
  await using server = await RedisServer.start()
  await server.kill()
  const app = appWith({ add }, { AGENDA_URL: server.url })
  await assert.rejects(add.now(1, 2), StoreUnavailableError)
  await server.resume()
  assert.equal((await add.now(1, 2)).state, 'PENDING')
  await app.close()
})
