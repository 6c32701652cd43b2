import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipWithout } from '../../../../support/servers'
import { claim, due, Stores } from './store'

const options = { skip: skipWithout('postgres') }
const at = () => new Date()

test('the same end twice is true twice, and is recorded once', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  await store.add([due()])
  const [job] = await claim(store)
  assert.ok(job)
  const ending = { state: 'SUCCESS', result: 7 } as const
  assert.equal(await store.finish(job, ending, at()), true)
  assert.equal(await store.finish(job, ending, at()), true)
  const told = `select from agenda_changes where list -> 0 ->> 0 = 'succeeded'`
  assert.equal((await stores.sql(told)).length, 1)
})

test('an end is written whatever characters it has', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const text = 'a\0b\ud800c'
  await store.add([due(), due()])
  const [failed, succeeded] = await claim(store)
  assert.ok(failed && succeeded)
  const error = { name: 'Error', message: text, stack: text, properties: {} }
  assert.equal(await store.finish(failed, { state: 'FAILURE', error }, at()), true)
  assert.equal(await store.finish(succeeded, { state: 'SUCCESS', result: text }, at()), true)
  assert.equal((await store.results.find(String(failed._id)))?.error?.message, text)
  assert.equal((await store.results.find(String(succeeded._id)))?.result, text)
})

test(
  'many ends of one turn are one commit, and each is told whether it counts',
  options,
  async () => {
    await using stores = await Stores.make()
    const store = await stores.open()
    await store.add(Array.from({ length: 20 }, () => due()))
    const jobs = await claim(store, 'worker', 20)
    const [lost] = jobs
    assert.ok(lost)
    await store.release([lost])
    const saved = await Promise.all(
      jobs.map((job) => store.finish(job, { state: 'SUCCESS' }, at())),
    )
    assert.deepEqual(saved, [false, ...Array(19).fill(true)])
    const commits = `select distinct xmin::text from agenda_jobs where state = 'SUCCESS'`
    assert.equal((await stores.sql(commits)).length, 1)
  },
)
