import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retry } from '../../../../src/framework/commands/jobs'
import { NotConfirmedError } from '../../../../src/framework/errors'
import { currentJob, task } from '../../../../src/framework/jobs'
import { appWith, withWorker } from '../../../support/jobs'
import { divide } from '../../../support/worker-program'

const wide = Number.POSITIVE_INFINITY

/** Fails in the first process that runs it. */
let broken = true
const mended = task('tested.mended', (what: string) => {
  if (broken) throw new Error(`${what} is broken`)
  return `${what} ${currentJob()?.id}`
})

test('a job that failed runs again under its id, and brings its result', async () => {
  broken = true
  const app = appWith({ mended })
  await withWorker(app, async () => {
    const job = await mended.now('it')
    await assert.rejects(job.result(), /it is broken/)
    broken = false
    const answer = await retry(app.queue, [job.id], {})
    assert.equal(answer.text(wide), `tested.mended[${job.id}] runs again`)
    assert.equal(await job.result(), `it ${job.id}`)
  })
})

test('all that failed run again once somebody agrees, and no other', async () => {
  broken = true
  const app = appWith({ mended, divide })
  await withWorker(app, async () => {
    const jobs = await mended.nowMany([['a'], ['b'], ['c']])
    const others = [await divide.now(1, 2), await divide.now(1, 0)]
    await Promise.allSettled([...jobs, ...others].map((job) => job.result()))
    const all = { state: 'FAILURE', task: 'tested.mended' } as const
    await assert.rejects(retry(app.queue, [], all), NotConfirmedError)
    broken = false
    const { json } = await retry(app.queue, [], { ...all, yes: true })
    const again = (json as { id: string }[]).map(({ id }) => id)
    assert.deepEqual(again.sort(), jobs.map(({ id }) => id).sort())
    const expected = ['a', 'b', 'c'].map((what, index) => `${what} ${jobs[index]?.id}`)
    assert.deepEqual(await Promise.all(jobs.map((job) => job.result())), expected)
    assert.deepEqual(
      await Promise.all(others.map(async (job) => (await job.refresh()).attempts)),
      [1, 1],
    )
  })
})

test('one that fails again and again is run again once', async () => {
  broken = true
  const app = appWith({ mended })
  await withWorker(app, async () => {
    const jobs = await mended.nowMany(Array.from({ length: 300 }, () => ['it'] as [string]))
    await Promise.allSettled(jobs.map((job) => job.result()))
    const { json } = await retry(app.queue, [], { state: 'FAILURE', yes: true })
    assert.equal((json as unknown[]).length, 300)
    await Promise.allSettled(jobs.map((job) => job.result()))
    const attempts = await Promise.all(jobs.map(async (job) => (await job.refresh()).attempts))
    assert.deepEqual(new Set(attempts), new Set([2]))
  })
})

test('one that waits is left, and that is a refusal', async () => {
  const app = appWith({ mended })
  const job = await mended.now('it')
  const answer = await retry(app.queue, [job.id], {})
  const line = `tested.mended[${job.id}] left as it is, PENDING`
  assert.deepEqual([answer.text(wide), answer.refused], [line, true])
  await app.close()
})

test('one that repeats is left, and it is said why', async () => {
  const app = appWith({ mended })
  const job = await mended.every('1 day', 'it')
  const answer = await retry(app.queue, [job.id], {})
  assert.match(answer.text(wide), /left as it is, PENDING: it repeats by itself$/)
  await app.close()
})

test('without any job that is meant there is nothing to do, and no question', async () => {
  const app = appWith({ mended })
  const answer = await retry(app.queue, [], { state: 'FAILURE' })
  assert.deepEqual([answer.text(wide), answer.json], ['No job to run again.', []])
  await app.close()
})
