import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Application } from '../../../../../src/framework/application'
import { StoreUnavailableError } from '../../../../../src/framework/errors'
import { task } from '../../../../../src/framework/jobs'
import { appWith, Gate, nextEvent, untilState, withWorker } from '../../../../support/jobs'
import { MongoServer, skipWithoutProgram } from '../../../../support/mongo-server'

const add = task('reconnect.add', (x: number, y: number) => x + y)
const gate = new Gate()
const wait = task('reconnect.wait', () => gate.pass())

const options = { skip: skipWithoutProgram }

function appOn(server: MongoServer): Application {
  return appWith({ add, wait }, { AGENDA_URL: server.url })
}

/** Sends until the store answers. @returns after how many ms */
async function untilSent(): Promise<number> {
  const began = performance.now()
  while (!(await add.now(1, 1).catch(() => undefined))) await sleep(20)
  return performance.now() - began
}

test('while the server is away calls reject within 5 s, and store nothing', options, async () => {
  await using server = await MongoServer.replicated()
  const app = appOn(server)
  await add.now(1, 1)
  await server.kill()
  const began = performance.now()
  const calls = Array.from({ length: 50 }, () =>
    assert.rejects(add.now(1, 2), StoreUnavailableError),
  )
  await Promise.all(calls)
  assert.ok(performance.now() - began < 5_000)
  await server.resume()
  await untilSent()
  const [stats] = await app.queue.store.stats()
  assert.equal(stats?.counts.PENDING, 2)
  await app.close()
})

test(
  'a worker goes on when the server is back, also with jobs of other processes',
  options,
  async () => {
    await using server = await MongoServer.replicated()
    const here = appOn(server)
    await withWorker(here, async () => {
      assert.equal(await (await add.now(1, 2)).result(), 3)
      await server.kill()
      await server.resume()
      assert.ok((await untilSent()) < 10_000)
      const sender = appOn(server)
      const job = await sender.run(() => add.now(2, 2))
      assert.equal(await job.result({ timeout: 5_000 }), 4)
      await sender.close()
    })
  },
)

test('a run that ends while the server is away is saved when it is back', options, async () => {
  await using server = await MongoServer.replicated()
  const here = appOn(server)
  await withWorker(here, async () => {
    const job = await wait.now()
    await untilState(job, 'STARTED')
    await server.kill()
    const saved = nextEvent(here, 'job.succeeded', job.id)
    const failed = nextEvent(here, 'store.failed')
    gate.open()
    assert.ok((await failed).error instanceof StoreUnavailableError)
    await server.resume()
    await saved
    assert.equal((await job.refresh()).state, 'SUCCESS')
    assert.equal(job.attempts, 1)
  })
})

test(
  'whoever follows is told, once, what happened while the connection was lost',
  options,
  async () => {
    await using server = await MongoServer.replicated()
    const [here, listener] = [appOn(server), appOn(server)]
    await listener.ready()
    const told: string[] = []
    let heard = () => {}
    listener.queue.follow(({ kind, id }) => {
      told.push(`${kind} ${id}`)
      heard()
    })
    const untilTold = async (id: string) => {
      while (!told.includes(`sent ${id}`)) await new Promise<void>((resolve) => (heard = resolve))
    }
    await untilTold((await here.run(() => add.now(1, 1))).id)
    await server.kill()
    await server.resume()
    await here.run(untilSent)
    await untilTold((await here.run(() => add.now(1, 2))).id)
    const jobs = await here.queue.list()
    assert.deepEqual(told.toSorted(), jobs.map((job) => `sent ${job.id}`).toSorted())
    await Promise.all([here.close(), listener.close()])
  },
)

test(
  'jobs whose locks expired only because the server was away are left to their workers',
  options,
  async () => {
    await using server = await MongoServer.replicated()
    const [here, there] = [appOn(server), appOn(server)]
    await withWorker(here, () =>
      withWorker(there, async () => {
        const job = await wait.now()
        await untilState(job, 'STARTED')
        await server.kill()
        // As long as a lock of these applications lives.
        await sleep(3_000)
        await server.resume()
        await untilSent()
        await sleep(1_000)
        gate.open()
        await job.result().catch(() => {})
        assert.deepEqual([(await job.refresh()).state, job.attempts], ['SUCCESS', 1])
      }),
    )
  },
)
