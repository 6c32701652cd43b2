import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ObjectId } from 'mongodb'
import { skipWithout } from '../../../../support/servers'
import { claim, due, Stores } from './store'

const options = { skip: skipWithout('mongodb') }
const at = () => new Date()

test('a result that a document cannot hold is a failure that says so', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const [id = ''] = await store.add([due()])
  const [job] = await claim(store)
  assert.ok(job)
  const result = 'x'.repeat(17 * 1_024 * 1_024 - 2)
  assert.equal(await store.finish(job, { state: 'SUCCESS', result }, at()), true)
  const outcome = await store.results.find(id)
  assert.equal(outcome?.state, 'FAILURE')
  assert.match(outcome?.error?.message ?? '', /has 17 MiB; MongoDB can keep 14 MiB/)
})

test('what is written in one turn is judged one by one', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  await store.add([due(), due(), due()])
  const [lost, ...kept] = await claim(store)
  assert.ok(lost)
  await store.release([lost])
  const ends = [lost, ...kept].map((job) => store.finish(job, { state: 'SUCCESS' }, at()))
  const key = { key: 'once', until: undefined }
  const sent = store.add([due({ unique: key }), due({ unique: key })])
  assert.deepEqual(await Promise.all(ends), [false, true, true])
  assert.equal(new Set(await sent).size, 1)
  const again = kept.map((job) => store.finish(job, { state: 'SUCCESS' }, at()))
  assert.deepEqual(await Promise.all(again), [true, true])
})

test('a run that was asked to end is not retried', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const [id = ''] = await store.add([due()])
  const [job] = await claim(store)
  assert.ok(job)
  await store.terminate(id)
  const error = { name: 'Error', message: 'no', stack: '', properties: {} }
  assert.equal(await store.finish(job, { state: 'RETRY', error, at: at() }, at()), true)
  assert.equal((await store.results.find(id))?.state, 'REVOKED')
  assert.deepEqual(await claim(store), [])
})

test('a job that is changed while it is claimed is claimed as it is then', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const [id = ''] = await store.add([due()])
  const job = await store.find(id)
  assert.ok(job)
  const claims = Promise.all([claim(store), claim(store, 'other')])
  await store.repository.saveJob({ ...job, data: { args: ['changed'] } }, undefined)
  const claimed = [...(await claims).flat(), ...(await claim(store))]
  assert.equal(claimed.length, 1)
  const stored = await stores.jobs.findOne({ _id: new ObjectId(id) })
  assert.equal(stored?.run.claim, claimed[0]?.claim)
})

test('keys that mean something to the server arrive as they were', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const odd = { $date: 1, 'a.b': [{ $gt: null }], '': -0.5, constructor: 'c' }
  const [id = ''] = await store.add([due({ data: { args: [odd], sentAt: '' } })])
  const [job] = await claim(store)
  assert.ok(job)
  assert.deepEqual((job.data as { args: unknown }).args, [odd])
  await store.finish(job, { state: 'SUCCESS', result: odd }, at())
  assert.deepEqual((await store.results.find(id))?.result, odd)
})

test('a list has the latest sent first, and leaves out what it is told to', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const ids: string[] = []
  for (let count = 0; count < 5; count++)
    ids.push(...(await store.add([due({ id: store.newId() })])))
  const listed = await store.list({ name: 'mail', state: 'PENDING' }, { limit: 3, offset: 1 })
  assert.deepEqual(
    listed.map(({ parameters }) => String(parameters._id)),
    ids.toReversed().slice(1, 4),
  )
})
