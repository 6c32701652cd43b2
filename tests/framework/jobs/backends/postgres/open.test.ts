import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { StoreUnavailableError } from '../../../../../src/framework/errors'
import { task } from '../../../../../src/framework/jobs'
import { PostgresStore } from '../../../../../src/framework/jobs/backends/postgres/store'
import { appWith } from '../../../../support/jobs'
import { freshDatabase, serverUrl, skipWithout } from '../../../../support/servers'
import { Stores, storeUrl } from './store'

const add = task('open.add', (x: number, y: number) => x + y)
const options = { skip: skipWithout('postgres') }

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
    await refusal('postgres://me:secret@127.0.0.1:1/jobs'),
    'The job store postgres://me:***@127.0.0.1:1/jobs cannot be used: ' +
      'connect ECONNREFUSED 127.0.0.1:1. Check AGENDA_URL, and that the server is running.',
  )
})

test('a server that takes connections and never answers is said within 5 s', async () => {
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  assert.match(await refusal(`postgres://me@127.0.0.1:${port}/jobs`), /did not answer in time/)
  for (const socket of sockets) socket.destroy()
  silent.close()
})

test('a database that the server does not have is named', options, async () => {
  const url = new URL(serverUrl('postgres'))
  url.pathname = 'no_such_database'
  assert.match(
    await refusal(url.href),
    /database "no_such_database" does not exist\. Check AGENDA_URL\./,
  )
})

test('many processes that open an empty database together all find it ready', options, async () => {
  await using stores = await Stores.make()
  const opened = await Promise.all(Array.from({ length: 6 }, () => stores.open()))
  await Promise.all(opened.map((store) => store.open()))
  assert.deepEqual(await opened[0]?.stats(), [])
})

test(
  "a database where Agenda's own backend was first is taken over with its jobs",
  options,
  async () => {
    await using stores = await Stores.make()
    const { PostgresJobRepository } = await import('@agendajs/postgres-backend')
    const alone = new PostgresJobRepository({ pool: stores.pool })
    await alone.connect()
    const job = {
      name: 'mail',
      type: 'normal',
      priority: 0,
      nextRunAt: new Date(),
      data: {},
    } as const
    const { _id } = await alone.saveJob(job, undefined)
    const store = await stores.open()
    assert.equal((await store.find(String(_id)))?.name, 'mail')
    assert.equal((await store.stats())[0]?.counts.PENDING, 1)
  },
)

test('a store that is closed while it opens leaves no connection', options, async () => {
  const { url, drop } = await freshDatabase('postgres')
  const store = new PostgresStore(storeUrl(url))
  const stop = store.follow(() => {})
  const opening = store.open().catch(() => {})
  await store.close()
  await opening
  stop()
  // Without force: this fails while somebody is connected.
  await drop()
})
