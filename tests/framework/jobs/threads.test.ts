import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TaskOptionsError } from '../../../src/framework/errors'
import { Worker } from '../../../src/framework/worker/worker'
import * as isolated from '../../support/isolated-app'
import { appWith, untilState, withWorker } from '../../support/jobs'

const { add, fails, heeds, leaves, spins, spinsForEver, tells, threadOf } = isolated

function app(threads = 1) {
  return isolated.createApp({
    NODE_ENV: 'test',
    DATABASE_URL: 'sqlite::memory:',
    AGENDA_URL: 'sqlite::memory:',
    AGENDA_PROCESS_EVERY: 200,
    AGENDA_THREADS: threads,
  })
}

test('an isolated task brings its value from a thread of its own, which is used again', async () => {
  await withWorker(app(), async () => {
    assert.equal(await (await add.now(1, 2)).result(), 3)
    const threads = [await (await threadOf.now()).result(), await (await threadOf.now()).result()]
    assert.ok(Number(threads[0]) > 0)
    assert.equal(threads[0], threads[1])
  })
})

test('what an isolated task throws arrives as it was thrown', async () => {
  await withWorker(app(), async () => {
    const job = await fails.now()
    await assert.rejects(job.result(), (error: Error) => {
      assert.ok(error instanceof RangeError)
      assert.match(error.stack ?? '', /isolated-app\.ts:\d+/)
      return true
    })
  })
})

test('a task that never ends is stopped at its time limit, and the worker goes on', async () => {
  await withWorker(app(), async () => {
    const job = await spins.now()
    await assert.rejects(job.result(), { name: 'TimeLimitError', code: 'TIME_LIMIT' })
    const took = Number(job.finishedAt) - Number(job.startedAt)
    assert.equal(await (await add.now(2, 2)).result(), 4)
    assert.ok(took < 60_000)
  })
})

test('a soft time limit aborts the signal of the task, which may still end well', async () => {
  await withWorker(app(), async () => {
    assert.equal(await (await heeds.now()).result(), 'SoftTimeLimitError')
  })
})

test('a running isolated job is stopped when it is revoked with terminate', async () => {
  const here = app()
  await withWorker(here, async () => {
    const job = await spinsForEver.now()
    await untilState(job, 'STARTED')
    assert.equal(await job.revoke({ terminate: true }), true)
    await assert.rejects(job.result(), { name: 'JobRevokedError' })
    assert.equal(await (await add.now(3, 2)).result(), 5)
  })
})

test('a task that ends its thread fails, and the next one gets a new thread', async () => {
  await withWorker(app(), async () => {
    const job = await leaves.now()
    await assert.rejects(job.result(), { name: 'ThreadLostError' })
    assert.equal(await (await add.now(4, 2)).result(), 6)
  })
})

test('an isolated task can say how far it is, and knows its attempt', async () => {
  await withWorker(app(), async () => {
    const job = await tells.now()
    assert.equal(await job.result(), 1)
    assert.equal(job.progress, 40)
  })
})

test('no more isolated jobs run at a time than there are threads', async () => {
  const here = app(2)
  await withWorker(here, async () => {
    const busy = await spinsForEver.nowMany([[], []])
    for (const job of busy) await untilState(job, 'STARTED')
    const waiting = await add.now(1, 1)
    assert.equal((await waiting.refresh()).state, 'PENDING')
    await busy[0]?.revoke({ terminate: true })
    assert.equal(await waiting.result(), 2)
    await busy[1]?.revoke({ terminate: true })
  })
})

test('a worker refuses to start when no thread could load the application', async () => {
  const here = appWith({ add })
  await assert.rejects(new Worker(here).start(), TaskOptionsError)
  await here.close()
})
