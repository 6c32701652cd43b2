import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Rescued } from '../../../../../src/framework/jobs/backends/contract'
import { heartbeat, isAlive } from '../../../../../src/framework/jobs/results'
import { skipWithout } from '../../../../support/servers'
import { claim, due, orders, Stores } from './store'

const options = { skip: skipWithout('mongodb') }
const at = () => new Date()
const longAgo = new Date(1)

test(
  'the jobs of a worker whose connections are gone are taken over within 4 s',
  options,
  async () => {
    await using stores = await Stores.make()
    const [dying, living] = [await stores.open(), await stores.open()]
    const [id] = await dying.add([due()])
    const endDying = await dying.guard(orders({ id: 'dying' }))
    await claim(dying, 'dying')
    const ends: (() => Promise<void>)[] = []
    const rescued = new Promise<readonly Rescued[]>((resolve) => {
      void living.guard(orders({ id: 'living', rescued: resolve })).then((end) => ends.push(end))
    })
    const began = performance.now()
    await dying.close()
    const [job] = await rescued
    assert.deepEqual([job?.id, job?.state], [id, 'PENDING'])
    assert.ok(performance.now() - began < 4_000)
    for (const end of [endDying, ...ends]) await end()
    assert.deepEqual(await stores.workers.find().toArray(), [])
  },
)

test(
  'a worker that is only busy, its connections open, keeps its jobs until its locks expire',
  options,
  async () => {
    await using stores = await Stores.make()
    const [busy, other] = [await stores.open(), await stores.open()]
    await busy.add([due()])
    const end = await busy.guard(orders({ id: 'busy' }))
    const [record] = await stores.workers.find().toArray()
    const [job] = await claim(busy, 'busy')
    assert.ok(job && record)
    // What its heartbeat wrote was long ago.
    await end()
    await stores.workers.insertOne({ ...record, seenAt: new Date(Date.now() - 10_000) })
    const endOther = await other.guard(orders())
    await sleep(1_200)
    assert.equal(await busy.finish(job, { state: 'SUCCESS' }, at()), true)
    await endOther()
  },
)

test('a claim that its worker never heard of is given back', options, async () => {
  await using stores = await Stores.make()
  const [lost, store] = [await stores.open(), await stores.open()]
  const [id = ''] = await lost.add([due()])
  // Another store's claim under this worker's name: its answer did not reach the guarding one.
  await claim(lost, 'guard')
  await stores.age(id, 11_000)
  const end = await store.guard(orders())
  assert.equal((await store.results.find(id))?.state, 'PENDING')
  const [again] = await claim(store)
  assert.deepEqual([String(again?._id), again?.attempts], [id, 2])
  await end()
})

test('a job that is asked to end does not run again when its worker dies', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const [id = ''] = await store.add([due()])
  await claim(store, 'gone')
  await store.terminate(id)
  await stores.age(id, 60_000)
  const end = await store.guard(orders())
  assert.equal((await store.results.find(id))?.state, 'REVOKED')
  assert.deepEqual(await claim(store), [])
  await end()
})

test('of racing guards one takes a job over', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const ids = await store.add([due(), due(), due()])
  await claim(store, 'gone')
  for (const id of ids) await stores.age(id, 60_000)
  const rescued: Rescued[] = []
  const guards = ['a', 'b', 'c', 'd'].map(async (id) => {
    const other = await stores.open()
    return other.guard(orders({ id, rescued: (jobs) => rescued.push(...jobs) }))
  })
  for (const end of await Promise.all(guards)) await end()
  assert.deepEqual(rescued.map((job) => job.id).sort(), [...ids].sort())
})

test('what has expired is pruned', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  await store.add([due(), due({ unique: { key: 'once', until: undefined } })])
  for (const job of await claim(store))
    await store.finish(job, { state: 'SUCCESS', result: 1 }, longAgo)
  await stores.prune(1_000)
  assert.equal(await stores.jobs.countDocuments(), 0)
})

test('a job whose unique key is still reserved is not pruned', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const unique = { key: 'once', until: new Date(Date.now() + 60_000) }
  const [id] = await store.add([due({ unique })])
  const [job] = await claim(store)
  assert.ok(job)
  await store.finish(job, { state: 'SUCCESS' }, longAgo)
  await stores.prune(1_000)
  assert.deepEqual(await store.add([due({ unique })]), [id])
})

test('a repeated job outlives its result', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const repeated = { name: 'mail', type: 'single', priority: 0, repeatInterval: 60_000 } as const
  const declared = { ...repeated, data: {}, nextRunAt: new Date() }
  const { _id } = await store.repository.saveJob(declared, undefined)
  const [job] = await claim(store)
  assert.ok(job)
  const following = new Date(Date.now() + 60_000)
  await store.finish({ ...job, following }, { state: 'SUCCESS' }, longAgo)
  await stores.prune(1_000)
  assert.equal(await store.results.find(String(_id)), undefined)
  assert.equal((await store.find(String(_id)))?.name, 'mail')
  assert.equal((await store.stats())[0]?.counts.PENDING, 1)
})

test(
  'a repeated job whose worker died as often as allowed keeps its next slot',
  options,
  async () => {
    await using stores = await Stores.make()
    const store = await stores.open()
    const repeated = { name: 'mail', type: 'single', priority: 0, repeatInterval: 60_000 } as const
    const declared = { ...repeated, data: {}, nextRunAt: new Date() }
    const { _id } = await store.repository.saveJob(declared, undefined)
    const following = new Date(Date.now() + 60_000)
    const wish = { tasks: new Map([['mail', 1]]), total: 1, worker: 'gone' }
    await store.claim({ ...wish, following: () => following })
    await stores.age(String(_id), 60_000)
    const end = await store.guard(orders({ maxCrashes: 1 }))
    assert.equal((await store.results.find(String(_id)))?.error?.name, 'WorkerLostError')
    assert.deepEqual((await store.find(String(_id)))?.nextRunAt, following)
    await end()
  },
)

test('a worker says that it lives more often than others ask', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const end = await store.guard(orders())
  const first = (await store.workers())[0]?.seenAt.getTime() ?? 0
  await sleep(700)
  const [worker] = await store.workers()
  assert.ok(worker && isAlive(worker))
  const passed = worker.seenAt.getTime() - first
  assert.ok(passed > 0 && passed < heartbeat)
  await end()
})
