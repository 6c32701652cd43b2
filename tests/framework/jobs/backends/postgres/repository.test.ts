import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { JobParameters } from 'agenda'
import { LockLostError } from '../../../../../src/framework/errors'
import type { PostgresStore } from '../../../../../src/framework/jobs/backends/postgres/store'
import { skipWithout } from '../../../../support/servers'
import { claim as claimDue, due, Stores } from './store'

let stores: Stores
let store: PostgresStore

const second = 1_000
const past = new Date(Date.now() - 60 * second)
const future = new Date(Date.now() + 60 * second)
const never = new Date(0)

function save(job: Partial<JobParameters>) {
  const defaults = { name: 'mail', type: 'normal', priority: 0, nextRunAt: past, data: {} } as const
  return store.repository.saveJob({ ...defaults, ...job } as JobParameters, undefined)
}

function claim(name = 'mail', deadline = never) {
  return store.repository.getNextJobToRun(name, new Date(), deadline, undefined, undefined)
}

describe("Agenda's repository on PostgreSQL", { skip: skipWithout('postgres') }, () => {
  before(async () => {
    stores = await Stores.make()
    store = await stores.open()
  })
  afterEach(() => stores.sql('truncate agenda_jobs, agenda_uniques'))
  after(() => stores?.[Symbol.asyncDispose]())

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
    await assert.rejects(
      store.repository.saveJobState({ ...lost, progress: 50 }, undefined),
      LockLostError,
    )
  })

  test('whoever holds the claim saves how the run went, and frees the job', async () => {
    await save({})
    const held = await claim()
    assert.ok(held)
    const { lockedAt: _, ...ended } = held
    const state = { ...ended, nextRunAt: future, lastFinishedAt: new Date(), failCount: 2 }
    await store.repository.saveJobState(state as JobParameters, undefined)
    const saved = await store.repository.getJobById(String(held._id))
    const { lockedAt, claim: token, nextRunAt, failCount } = saved ?? {}
    assert.deepEqual([lockedAt, token, nextRunAt, failCount], [undefined, undefined, future, 2])
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

  test('an ordinary handle that is saved does not end a pause', async () => {
    const job = await save({})
    await store.repository.disableJobs({ id: String(job._id) })
    await store.repository.saveJob({ ...job, priority: 7 }, undefined)
    const saved = await store.repository.getJobById(String(job._id))
    assert.deepEqual([saved?.priority, saved?.disabled], [7, true])
  })

  test('another rhythm brings another slot', async () => {
    await save({ type: 'single', repeatInterval: '0 3 * * *', nextRunAt: past })
    const changed = { type: 'single', repeatInterval: '0 4 * * *', nextRunAt: future } as const
    assert.deepEqual((await save(changed)).nextRunAt, future)
  })

  test('racing savers of a unique job store it once', async () => {
    const other = await stores.open()
    const job = { name: 'mail', type: 'normal', priority: 0, nextRunAt: past } as const
    const unique = { ...job, data: { user: 7 }, unique: { 'data.user': 7 } } as JobParameters
    const savers = [store, other, store, other]
    await Promise.all(savers.map(({ repository }) => repository.saveJob(unique, undefined)))
    assert.equal((await store.repository.queryJobs({ name: 'mail' })).total, 1)
  })

  test('text that can be no id means no job', async () => {
    await save({})
    const { repository } = store
    assert.equal(await repository.getJobById('nonsense'), null)
    assert.equal(await repository.removeJobs({ id: 'nonsense' }), 0)
    assert.equal((await repository.queryJobs({ id: 'nonsense' })).total, 0)
  })

  test("a job of Agenda's own backend is run and listed like any other", async () => {
    const { PostgresJobRepository } = await import('@agendajs/postgres-backend')
    const alone = new PostgresJobRepository({ pool: stores.pool, ensureSchema: false })
    const [first] = await store.add([due()])
    const job = { name: 'mail', type: 'normal', priority: 0, nextRunAt: past, data: {} } as const
    const { _id } = await alone.saveJob(job, undefined)
    const listed = await store.list({}, { limit: 10, offset: 0 })
    const ids = listed.map(({ parameters }) => String(parameters._id))
    assert.deepEqual(ids, [String(_id), first])
    assert.equal((await claimDue(store)).length, 2)
    assert.equal((await alone.getJobById(String(_id)))?.lastModifiedBy, 'worker')
  })
})
