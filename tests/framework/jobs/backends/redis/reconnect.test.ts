import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Application } from '../../../../../src/framework/application'
import { StoreUnavailableError } from '../../../../../src/framework/errors'
import { task } from '../../../../../src/framework/jobs'
import { appWith, Gate, nextEvent, untilState, withWorker } from '../../../../support/jobs'
import { RedisServer, skipWithoutProgram } from '../../../../support/redis-server'

const add = task('reconnect.add', (x: number, y: number) => x + y)
const gate = new Gate()
const wait = task('reconnect.wait', () => gate.pass())

const options = { skip: skipWithoutProgram }

function appOn(server: RedisServer): Application {
  return appWith({ add, wait }, { AGENDA_URL: server.url })
}

/** Sends until the store answers. @returns after how many ms */
async function untilSent(): Promise<number> {
  const began = performance.now()
  while (!(await add.now(1, 1).catch(() => undefined))) await sleep(20)
  return performance.now() - began
}

test(
  'while the server is away a call rejects at once, and nothing is kept for later',
  options,
  async () => {
    await using server = await RedisServer.start()
    const app = appOn(server)
    await add.now(1, 1)
    await server.kill()
    const began = performance.now()
    const calls = Array.from({ length: 50 }, () =>
      assert.rejects(add.now(1, 2), StoreUnavailableError),
    )
    await Promise.all(calls)
    assert.ok(performance.now() - began < 1_000)
    await server.resume()
    await untilSent()
    const [stats] = await app.queue.store.stats()
    assert.equal(stats?.counts.PENDING, 2)
    await app.close()
  },
)

test(
  'a worker goes on when the server is back, also with jobs of other processes',
  options,
  async () => {
    await using server = await RedisServer.start()
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
  await using server = await RedisServer.start()
  const here = appOn(server)
  await withWorker(here, async () => {
    const job = await wait.now()
    await untilState(job, 'STARTED')
    await server.kill()
    const saved = nextEvent(here, 'job.succeeded', job.id)
    gate.open()
    await nextEvent(here, 'store.failed')
    await server.resume()
    await saved
    assert.equal((await job.refresh()).state, 'SUCCESS')
    assert.equal(job.attempts, 1)
  })
})

test('a server that forgot the scripts is sent them again', options, async () => {
  await using server = await RedisServer.start()
  const here = appOn(server)
  await withWorker(here, async () => {
    await (await add.now(1, 1)).result()
    await server.use((client) => client.script('FLUSH'))
    assert.equal(await (await add.now(2, 3)).result({ timeout: 2_000 }), 5)
  })
})

test('connections that the server closes are made anew', options, async () => {
  await using server = await RedisServer.start()
  const here = appOn(server)
  await withWorker(here, async () => {
    await (await add.now(1, 1)).result()
    await server.use((client) => client.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes'))
    assert.ok((await untilSent()) < 2_000)
    assert.equal(await (await add.now(2, 3)).result({ timeout: 2_000 }), 5)
  })
})

test(
  'jobs whose locks expired only because the server was away are left to their workers',
  options,
  async () => {
    await using server = await RedisServer.start()
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
