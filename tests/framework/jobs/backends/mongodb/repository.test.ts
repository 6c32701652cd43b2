import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoJobRepository } from '@agendajs/mongo-backend'
import type { JobParameters } from 'agenda'
import { ObjectId } from 'mongodb'
import { LockLostError } from '../../../../../src/framework/errors'
import type { MongoStore } from '../../../../../src/framework/jobs/backends/mongodb/store'
import { skipWithout } from '../../../../support/servers'
import { claim, due, Stores } from './store'

const options = { skip: skipWithout('mongodb') }
const hour = 3_600_000
const past = new Date(Date.now() - 60_000)
const never = new Date(0)
const first = { limit: 10, offset: 0 }

type Fields = { [field in keyof JobParameters]?: JobParameters[field] | undefined }

function save(store: MongoStore, job: Fields = {}) {
  const defaults = { name: 'mail', type: 'normal', priority: 0, nextRunAt: past, data: {} } as const
  return store.repository.saveJob({ ...defaults, ...job } as JobParameters, undefined)
}

/** Declares a repetition, as an application does when it starts. */
function declare(store: MongoStore, job: Fields = {}) {
  return save(store, { type: 'single', repeatInterval: '0 3 * * *', ...job })
}

/** Three stores, as three processes have them, each twice. */
async function six(stores: Stores): Promise<MongoStore[]> {
  const three = [await stores.open(), await stores.open(), await stores.open()]
  return [...three, ...three]
}

test(
  'a repetition that an operator disabled stays so when it is declared again',
  options,
  async () => {
    await using stores = await Stores.make()
    const store = await stores.open()
    const { _id } = await declare(store)
    await store.repository.disableJobs({ id: String(_id) })
    await declare(store)
    assert.deepEqual(await claim(store), [])
    await store.repository.enableJobs({ id: String(_id) })
    assert.equal((await claim(store)).length, 1)
  },
)

test('a repetition that is declared again keeps the slot that it missed', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  await declare(store, { nextRunAt: past })
  const again = await declare(store, { nextRunAt: new Date(Date.now() + hour) })
  assert.deepEqual(again.nextRunAt, past)
  assert.equal((await claim(store)).length, 1)
})

test('another rhythm brings another slot', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  await declare(store, { nextRunAt: past })
  const next = new Date(Date.now() + hour)
  const again = await declare(store, { repeatInterval: '0 4 * * *', nextRunAt: next })
  assert.deepEqual(again.nextRunAt, next)
  assert.deepEqual(await claim(store), [])
})

test(
  'a repetition that is declared again while it runs stays with its worker',
  options,
  async () => {
    await using stores = await Stores.make()
    const store = await stores.open()
    await declare(store)
    const [job] = await claim(store)
    assert.ok(job)
    await declare(store)
    assert.deepEqual(await claim(store), [])
    assert.equal(await store.finish(job, { state: 'SUCCESS' }, new Date()), true)
  },
)

test('of racing declarations one is stored', options, async () => {
  await using stores = await Stores.make()
  const all = await six(stores)
  const saved = await Promise.all(all.map((store) => declare(store)))
  assert.equal(new Set(saved.map((job) => String(job._id))).size, 1)
  assert.equal((await all[0]?.list({}, first))?.length, 1)
})

test("of racing saves with Agenda's `unique` one is stored", options, async () => {
  await using stores = await Stores.make()
  const all = await six(stores)
  const once = { data: { user: 7 }, unique: { 'data.user': 7 } }
  await Promise.all(all.map((store) => save(store, once)))
  assert.equal((await all[0]?.list({}, first))?.length, 1)
})

test('a unique job whose data was changed leaves its place to another', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const once = { data: { user: 7 }, unique: { 'data.user': 7 } }
  const { _id } = await save(store, once)
  await save(store, { _id, data: { user: 8 } })
  const other = await save(store, once)
  assert.notEqual(String(other._id), String(_id))
})

test('a unique job is not looked for with code that the server would run', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  await assert.rejects(save(store, { unique: { $where: 'true' } }), RangeError)
})

test('a debounced job waits until nobody has saved it for so long', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const debounce = { delay: hour, strategy: 'trailing' } as const
  const once = { unique: { 'data.user': 7 }, uniqueOpts: { debounce } }
  const before = Date.now()
  const saved = await save(store, { ...once, data: { user: 7, text: 'first' } })
  const again = await save(store, { ...once, data: { user: 7, text: 'second' } })
  assert.equal(String(again._id), String(saved._id))
  assert.deepEqual(again.data, { user: 7, text: 'second' })
  assert.ok(Number(again.nextRunAt) >= before + hour)
})

test('a saved change of a handle does not end a pause', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const saved = await save(store)
  await store.repository.disableJobs({ name: 'mail' })
  await save(store, { _id: saved._id, priority: 5 })
  assert.equal((await store.find(String(saved._id)))?.disabled, true)
})

test(
  'a job that is moved to another time and priority is found there, and only there',
  options,
  async () => {
    await using stores = await Stores.make()
    const store = await stores.open()
    const { _id } = await save(store)
    await save(store, { _id, priority: 10, nextRunAt: new Date(Date.now() + hour) })
    assert.deepEqual(await claim(store), [])
    const next = (await store.nextRun(['mail']))?.getTime() ?? 0
    assert.ok(Math.abs(next - Date.now() - hour) < 1_000)
  },
)

test(
  'a job of a process that runs Agenda alone is claimed, listed and followed',
  options,
  async () => {
    await using stores = await Stores.make()
    const store = await stores.open()
    const sent = new Promise((resolve) => store.follow(([change]) => resolve(change?.id)))
    const alone = new MongoJobRepository({ mongo: stores.client.db() })
    await alone.connect()
    const data = { args: [] }
    const job = { name: 'mail', type: 'normal', priority: 0, nextRunAt: past, data } as const
    const { _id } = await alone.saveJob(job, undefined)
    assert.equal(await sent, String(_id))
    assert.equal((await store.list({ state: 'PENDING' }, first)).length, 1)
    const [claimed] = await claim(store)
    assert.ok(claimed)
    await store.finish(claimed, { state: 'SUCCESS' }, new Date())
    assert.equal((await alone.queryJobs()).jobs[0]?.state, 'completed')
  },
)

test("Agenda's own claim is exclusive, and its late save is refused", options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  await store.add([due()])
  const take = (deadline: Date) =>
    store.repository.getNextJobToRun('mail', new Date(), deadline, undefined, undefined)
  const first = await take(never)
  assert.ok(first)
  assert.equal(await take(never), undefined)
  assert.deepEqual(await claim(store), [])
  const second = await take(new Date(Date.now() + 1_000))
  assert.equal(String(second?._id), String(first._id))
  await assert.rejects(store.repository.saveJobState(first, undefined), LockLostError)
})

test('the end of a removed job is refused', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  await store.add([due(), due({ priority: 3 })])
  await declare(store)
  const [job] = await claim(store, 'worker', 1)
  assert.ok(job)
  assert.equal(await store.repository.removeJobs({ name: 'mail' }), 3)
  assert.equal(await store.finish(job, { state: 'SUCCESS' }, new Date()), false)
  assert.equal(await stores.jobs.countDocuments(), 0)
})

test('without any condition no job is removed or disabled', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  await store.add([due()])
  assert.equal(await store.repository.removeJobs({}), 0)
  assert.equal(await store.repository.disableJobs({}), 0)
  assert.equal(await store.repository.getQueueSize(), 1)
  assert.equal(await store.repository.purgeAllJobs(), 1)
})

test('a query filters, sorts and pages, and counts all that it means', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const later = (hours: number) => new Date(Date.now() + hours * hour)
  for (const hours of [2, 1, 3]) await save(store, { data: { hours }, nextRunAt: later(hours) })
  await save(store, { name: 'other' })
  const page = { name: 'mail', sort: { nextRunAt: 'asc' }, skip: 1, limit: 1 } as const
  const { jobs, total } = await store.repository.queryJobs(page)
  assert.deepEqual([total, jobs[0]?.data, jobs[0]?.state], [3, { hours: 2 }, 'scheduled'])
  const queued = await store.repository.queryJobs({ state: 'queued' })
  assert.deepEqual(
    queued.jobs.map((job) => job.name),
    ['other'],
  )
  const found = await store.repository.queryJobs({ data: { hours: 3 } })
  assert.equal(found.total, 1)
  const unknown = await store.repository.queryJobs({ id: 'nonsense' })
  assert.equal(unknown.total, 0)
})

test('the overview counts the jobs of each name by state', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  await save(store)
  await declare(store, { name: 'nightly' })
  const rows = await store.repository.getJobsOverview()
  assert.deepEqual(
    rows.map(({ name, total, queued, repeating }) => [name, total, queued, repeating]),
    [
      ['mail', 1, 1, 0],
      ['nightly', 1, 0, 1],
    ],
  )
})

test(
  'a claim looks at no more jobs than it takes, whatever waits or is paused',
  options,
  async () => {
    await using stores = await Stores.make()
    const store = await stores.open()
    const jobs = Array.from({ length: 2_000 }, (_, index) => ({
      ...{
        _id: new ObjectId(),
        name: 'mail',
        type: 'normal',
        priority: index % 7,
        nextRunAt: past,
      },
      ...{ lockedAt: null, disabled: index % 2 === 0 },
    }))
    await stores.jobs.insertMany(jobs)
    const db = stores.client.db()
    await db.command({ profile: 2 })
    assert.equal((await claim(store)).length, 10)
    await db.command({ profile: 0 })
    const found = await db
      .collection('system.profile')
      .findOne({ 'command.aggregate': 'agendaJobs' })
    assert.ok(found?.docsExamined <= 20, `it looked at ${found?.docsExamined} jobs`)
  },
)
