import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Rescued } from '../../../../../src/framework/jobs/backends/contract'
import { heartbeat, isAlive } from '../../../../../src/framework/jobs/results'
import { skipWithout } from '../../../../support/servers'
import { claim, due, orders, Stores } from './store'

const options = { skip: skipWithout('postgres') }
const lockOf = `hashtextextended('agenda_workers'::regclass::oid || ' ' || $1, 0)`
const guards = `select pid from pg_locks where locktype = 'advisory' and granted
  and database = (select oid from pg_database where datname = current_database())`

test(
  'the jobs of a worker whose connection is gone are taken over within 2 s',
  options,
  async () => {
    await using stores = await Stores.make()
    const [dying, living] = [await stores.open(), await stores.open()]
    const [id] = await dying.add([due()])
    await dying.guard(orders({ id: 'dying' }))
    await claim(dying, 'dying')
    let tell: (jobs: readonly Rescued[]) => void
    const rescued = new Promise<readonly Rescued[]>((resolve) => (tell = resolve))
    const end = await living.guard(orders({ id: 'living', rescued: (jobs) => tell(jobs) }))
    const began = performance.now()
    await dying.close()
    const [job] = await rescued
    assert.deepEqual([job?.id, job?.state], [id, 'PENDING'])
    assert.ok(performance.now() - began < 2_000)
    assert.deepEqual(
      (await living.workers()).map((worker) => worker.id),
      ['living'],
    )
    await end()
  },
)

test('a worker that is only busy, its connection open, keeps its jobs', options, async () => {
  await using stores = await Stores.make()
  const [busy, other] = [await stores.open(), await stores.open()]
  await busy.add([due()])
  const [job] = await claim(busy, 'busy')
  // It was not heard of for long, but its lock is held.
  await stores.sql(`insert into agenda_workers values ('busy', 'here', 1, 1, now(),
    now() - interval '10 seconds')`)
  await stores.sql(`select pg_advisory_lock(${lockOf})`, 'busy')
  const end = await other.guard(orders())
  await sleep(1_000)
  assert.ok(job)
  assert.equal(await busy.finish(job, { state: 'SUCCESS' }, new Date()), true)
  await end()
})

test('a worker whose connection broke and came back keeps its jobs', options, async () => {
  await using stores = await Stores.make()
  const [broken, other] = [await stores.open(), await stores.open()]
  await broken.add([due()])
  const endBroken = await broken.guard(orders({ id: 'broken' }))
  const [job] = await claim(broken, 'broken')
  const ends = [endBroken, await other.guard(orders())]
  await stores.sql(`select pg_terminate_backend(pid) from (${guards}) held`)
  await sleep(2_500)
  assert.ok(job)
  assert.equal(await broken.finish(job, { state: 'SUCCESS' }, new Date()), true)
  for (const end of ends) await end()
})

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
  assert.equal(await store.terminate(id), true)
  await stores.age(id, 60_000)
  const end = await store.guard(orders())
  assert.equal((await store.results.find(id))?.state, 'REVOKED')
  assert.deepEqual(await claim(store), [])
  await end()
})

test('a repetition goes on after a run that killed its workers', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const repeated = { name: 'mail', type: 'single', priority: 0, data: {} } as const
  const job = { ...repeated, repeatInterval: 60_000, nextRunAt: new Date() }
  const { _id } = await store.repository.saveJob(job, undefined)
  const next = new Date(Date.now() + 60_000)
  const tasks = new Map([['mail', 1]])
  await store.claim({ tasks, total: 1, worker: 'gone', following: () => next })
  await stores.age(String(_id), 60_000)
  const end = await store.guard(orders({ maxCrashes: 1 }))
  const outcome = await store.results.find(String(_id))
  assert.deepEqual([outcome?.state, outcome?.error?.name], ['FAILURE', 'WorkerLostError'])
  assert.deepEqual((await store.find(String(_id)))?.nextRunAt, next)
  await end()
})

test('what has expired is pruned, and nothing of it is left', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  await store.add([due(), due({ unique: { key: 'once', until: undefined } })])
  for (const job of await claim(store))
    await store.finish(job, { state: 'SUCCESS', result: 1 }, new Date())
  await stores.sql(`update agenda_jobs set finished_at = now() - interval '1 day'`)
  await stores.prune(1_000)
  const tables = ['agenda_jobs', 'agenda_uniques']
  for (const table of tables) assert.deepEqual(await stores.sql(`select * from ${table}`), [])
})

test('a repeated job outlives its result', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const repeated = { name: 'mail', type: 'single', priority: 0, data: {} } as const
  const due = { ...repeated, repeatInterval: 60_000, nextRunAt: new Date() }
  const { _id } = await store.repository.saveJob(due, undefined)
  const [job] = await claim(store)
  assert.ok(job)
  const following = new Date(Date.now() + 60_000)
  await store.finish({ ...job, following }, { state: 'SUCCESS', result: 7 }, new Date())
  await stores.sql(`update agenda_jobs set finished_at = now() - interval '1 day'`)
  await stores.prune(1_000)
  const outcome = await store.results.find(String(_id))
  assert.deepEqual([outcome?.state, outcome?.result], ['PENDING', undefined])
  assert.deepEqual((await store.find(String(_id)))?.nextRunAt, following)
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
