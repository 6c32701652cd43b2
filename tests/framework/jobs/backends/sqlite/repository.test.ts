import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { JobParameters } from 'agenda'
import { LockLostError } from '../../../../../src/framework/errors'
import { SqliteStore } from '../../../../../src/framework/jobs/backends/sqlite/store'

let store: SqliteStore

beforeEach(() => {
  store = new SqliteStore(':memory:')
})

afterEach(() => store.close())

const second = 1_000
const past = new Date(Date.now() - 60 * second)
const future = new Date(Date.now() + 60 * second)
const never = new Date(0)

function save(job: Partial<JobParameters>) {
  const defaults = { name: 'mail', type: 'normal', priority: 0, nextRunAt: past, data: {} } as const
  return store.repository.saveJob({ ...defaults, ...job }, {})
}

function claim(name = 'mail', deadline = never) {
  return store.repository.getNextJobToRun(name, new Date(), deadline, undefined, {})
}

test('a saved job gets an id, and is found by it with all its fields', async () => {
  const job = {
    priority: 5,
    repeatInterval: '0 3 * * *',
    repeatTimezone: 'UTC',
    skipDays: [0, 6],
    endDate: future,
  }
  const { _id } = await save({ ...job, data: { to: 'ann', parts: [1, { a: null }] } })
  const found = await store.repository.getJobById(String(_id))
  assert.deepEqual(
    { ...found },
    {
      _id,
      name: 'mail',
      type: 'normal',
      nextRunAt: past,
      ...job,
      data: { to: 'ann', parts: [1, { a: null }] },
    },
  )
})

test('a claim takes the job that is due first, and the more urgent of two that are due at once', async () => {
  await save({ data: 'second', nextRunAt: new Date(past.getTime() + second) })
  await save({ data: 'first, low', priority: -10 })
  await save({ data: 'first, high', priority: 10 })
  const order = [await claim(), await claim(), await claim()].map((job) => job?.data)
  assert.deepEqual(order, ['first, high', 'first, low', 'second'])
})

test('a job is claimed once', async () => {
  await save({})
  assert.ok(await claim())
  assert.equal(await claim(), undefined)
})

test('neither a future job, nor a disabled one, nor that of another task is claimed', async () => {
  await save({ nextRunAt: future })
  await save({ name: 'other' })
  const { _id } = await save({})
  await store.repository.disableJobs({ id: String(_id) })
  assert.equal(await claim(), undefined)
})

test('a job whose lock has expired is claimed anew, under another token', async () => {
  await save({})
  const first = await claim()
  const again = await claim('mail', new Date(Date.now() + second))
  assert.equal(again?._id, first?._id)
  assert.notEqual(again?.claim, first?.claim)
})

test('whoever has lost the claim can save no more', async () => {
  await save({})
  const lost = await claim()
  await claim('mail', new Date(Date.now() + second))
  assert.ok(lost)
  await assert.rejects(store.repository.saveJobState({ ...lost, progress: 50 }, {}), LockLostError)
})

test('an unlocked job can be claimed at once', async () => {
  await save({})
  const first = await claim()
  assert.ok(first)
  await store.repository.unlockJob(first)
  assert.equal((await claim())?._id, first._id)
})

test('a single job is there once, keeps the slot that it waits for, and takes new data', async () => {
  const first = await save({ type: 'single', data: 'old', nextRunAt: future })
  const second = await save({ type: 'single', data: 'new', nextRunAt: past })
  assert.deepEqual([second._id, second.data, second.nextRunAt], [first._id, 'new', future])
})

test('a single job that somebody paused stays paused when it is declared again', async () => {
  const { _id } = await save({ type: 'single' })
  await store.repository.disableJobs({ id: String(_id) })
  await save({ type: 'single' })
  assert.equal((await store.repository.getJobById(String(_id)))?.disabled, true)
})

test('a unique job is there once for its key, and takes new data', async () => {
  const unique = { 'data.user': 7 }
  const first = await save({ unique, data: { user: 7, text: 'old' } })
  const same = await save({ unique, data: { user: 7, text: 'new' } })
  const other = await save({ unique: { 'data.user': 8 }, data: { user: 8 } })
  assert.equal(same._id, first._id)
  assert.deepEqual(same.data, { user: 7, text: 'new' })
  assert.notEqual(other._id, first._id)
})

test('a unique job for insertion only keeps the first data', async () => {
  const unique = { 'data.user': 7 }
  await save({ unique, data: { user: 7, text: 'old' } })
  const same = await save({
    unique,
    uniqueOpts: { insertOnly: true },
    data: { user: 7, text: 'new' },
  })
  assert.deepEqual(same.data, { user: 7, text: 'old' })
})

test('a debounced job waits for a pause after its last save', async () => {
  const job = {
    unique: { 'data.user': 7 },
    uniqueOpts: { debounce: { delay: 5_000 } },
    data: { user: 7 },
  }
  const before = Date.now()
  await save(job)
  const again = await save(job)
  assert.ok((again.nextRunAt?.getTime() ?? 0) >= before + 5_000)
})

test('a debounced job of the leading kind keeps its first run', async () => {
  const uniqueOpts = { debounce: { delay: 5_000, strategy: 'leading' } } as const
  const job = { unique: { 'data.user': 7 }, uniqueOpts, data: { user: 7 } }
  await save({ ...job, nextRunAt: past })
  const again = await save({ ...job, nextRunAt: future })
  assert.deepEqual(again.nextRunAt, past)
})

test('a query filters by name, data and state, and counts before it cuts', async () => {
  for (const user of [1, 2, 3]) await save({ data: { user, tag: 'a' } })
  await save({ name: 'report', nextRunAt: future })
  const { repository } = store
  assert.equal((await repository.queryJobs({ name: 'mail', limit: 2 })).jobs.length, 2)
  assert.equal((await repository.queryJobs({ name: 'mail', limit: 2 })).total, 3)
  assert.equal((await repository.queryJobs({ data: { user: 2, tag: 'a' } })).total, 1)
  assert.equal((await repository.queryJobs({ search: 'REP' })).total, 1)
  assert.deepEqual(
    (await repository.queryJobs({ state: 'scheduled' })).jobs.map((job) => [job.name, job.state]),
    [['report', 'scheduled']],
  )
})

test('the overview counts the jobs of each task by state', async () => {
  await save({})
  await save({ nextRunAt: future })
  await save({ name: 'report', repeatInterval: 1_000 })
  await claim()
  const overview = await store.repository.getJobsOverview()
  const counts = overview.map(({ name, total, running, scheduled, repeating }) => ({
    name,
    total,
    running,
    scheduled,
    repeating,
  }))
  assert.deepEqual(counts, [
    { name: 'mail', total: 2, running: 1, scheduled: 1, repeating: 0 },
    { name: 'report', total: 1, running: 0, scheduled: 0, repeating: 1 },
  ])
})

test('an instruction without any condition changes nothing', async () => {
  await save({})
  const { repository } = store
  const changed = [
    await repository.removeJobs({}),
    await repository.disableJobs({}),
    await repository.enableJobs({}),
  ]
  assert.deepEqual(changed, [0, 0, 0])
})

test('jobs are removed by id, by names, and by what they are not', async () => {
  const { _id } = await save({ name: 'a' })
  for (const name of ['b', 'c', 'd', 'e']) await save({ name })
  const { repository } = store
  assert.equal(await repository.removeJobs({ id: String(_id) }), 1)
  assert.equal(await repository.removeJobs({ names: ['b', 'c'] }), 2)
  assert.equal(await repository.removeJobs({ notNames: ['e'] }), 1)
  assert.deepEqual(await repository.getDistinctJobNames(), ['e'])
  assert.equal(await repository.purgeAllJobs(), 1)
})
