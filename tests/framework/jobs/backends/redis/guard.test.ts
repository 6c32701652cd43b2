import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Rescued } from '../../../../../src/framework/jobs/backends/contract'
import { heartbeat, isAlive } from '../../../../../src/framework/jobs/results'
import { skipWithout } from '../../../../support/servers'
import { claim, due, orders, Stores } from './store'

const options = { skip: skipWithout('redis') }
const at = () => new Date()

test(
  'the jobs of a worker whose connection is gone are taken over within 3 s',
  options,
  async () => {
    await using stores = await Stores.make()
    const [dying, living] = [await stores.open(), await stores.open()]
    const [id] = await dying.add([due()])
    const endDying = await dying.guard(orders({ id: 'dying' }))
    await claim(dying, 'dying')
    const rescued = new Promise<readonly Rescued[]>((resolve) => {
      void living.guard(orders({ id: 'living', rescued: resolve })).then((end) => ends.push(end))
    })
    const ends: (() => Promise<void>)[] = []
    const began = performance.now()
    await dying.close()
    const [job] = await rescued
    assert.deepEqual([job?.id, job?.state], [id, 'PENDING'])
    assert.ok(performance.now() - began < 3_000)
    assert.deepEqual(
      (await living.workers()).map((worker) => worker.id),
      ['living'],
    )
    for (const end of [endDying, ...ends]) await end()
  },
)

test(
  'a worker that is only busy, its connection open, keeps its jobs until its locks expire',
  options,
  async () => {
    await using stores = await Stores.make()
    const [busy, other] = [await stores.open(), await stores.open()]
    await busy.add([due()])
    const end = await busy.guard(orders({ id: 'busy' }))
    const [job] = await claim(busy, 'busy')
    // What its heartbeat wrote was long ago.
    await end()
    await stores.client.zadd(`${stores.prefix}seen`, Date.now() - 10_000, 'busy')
    const endOther = await other.guard(orders())
    await sleep(1_200)
    assert.ok(job)
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
  await stores.client.zadd(`${stores.prefix}locks`, Date.now() - 11_000, id)
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
  await stores.client.zadd(`${stores.prefix}locks`, 1, id)
  const end = await store.guard(orders())
  assert.equal((await store.results.find(id))?.state, 'REVOKED')
  assert.deepEqual(await claim(store), [])
  await end()
})

test('what has expired is pruned, and nothing of it is left', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const unique = { key: 'once', until: undefined }
  await store.add([due(), due({ unique })])
  for (const job of await claim(store))
    await store.finish(job, { state: 'SUCCESS', result: 1 }, new Date(1))
  await stores.prune(1_000)
  assert.deepEqual(await stores.keys(), ['changes', 'names', 'priorities:mail'])
})

test('a repeated job outlives its result', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const repeated = {
    name: 'mail',
    type: 'single',
    priority: 0,
    data: {},
    repeatInterval: 60_000,
  } as const
  const { _id } = await store.repository.saveJob({ ...repeated, nextRunAt: new Date() }, undefined)
  const [job] = await claim(store)
  assert.ok(job)
  await store.finish(
    { ...job, following: new Date(Date.now() + 60_000) },
    { state: 'SUCCESS' },
    new Date(1),
  )
  await stores.prune(1_000)
  assert.equal(await store.results.find(String(_id)), undefined)
  assert.equal((await store.find(String(_id)))?.name, 'mail')
  assert.equal((await store.stats())[0]?.counts.PENDING, 1)
})

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
