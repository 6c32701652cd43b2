import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipWithout } from '../../../../support/servers'
import { claim, due, Stores } from './store'

const options = { skip: skipWithout('postgres') }

test(
  'jobs are listed by task and state, the latest sent first, page by page',
  options,
  async () => {
    await using stores = await Stores.make()
    const store = await stores.open()
    const mails = [due(), due(), due()].map((job) => job.id).sort()
    await store.add(mails.map((id, index) => due({ id, nextRunAt: new Date(index) })))
    const [report] = await store.add([due({ name: 'report' })])
    const [first] = await claim(store, 'worker', 1)
    assert.ok(first)
    await store.finish(first, { state: 'SUCCESS', result: 'sent' }, new Date())
    const ids = async (...[filter, limit = 10, offset = 0]: [object, number?, number?]) =>
      (await store.list(filter, { limit, offset })).map(({ parameters }) => String(parameters._id))
    assert.deepEqual(await ids({}), [report, ...mails.toReversed()])
    assert.deepEqual(await ids({ name: 'mail' }, 2, 1), [mails[1], mails[0]])
    assert.deepEqual(await ids({ state: 'PENDING' }), [report, mails[2], mails[1]])
    assert.deepEqual(await ids({ name: 'mail', state: 'SUCCESS' }), [mails[0]])
    const [ended] = await store.list({ state: 'SUCCESS' }, { limit: 1, offset: 0 })
    assert.deepEqual([ended?.outcome.result, ended?.outcome.attempts], ['sent', 1])
  },
)

test('jobs are counted by task, in alphabetical order, and by state', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  await store.add([due({ name: 'b' }), due({ name: 'a' }), due(), due()])
  await claim(store, 'worker', 1)
  const counts = (await store.stats()).map(({ name, counts: { PENDING, STARTED } }) => [
    name,
    PENDING,
    STARTED,
  ])
  assert.deepEqual(counts, [
    ['a', 1, 0],
    ['b', 1, 0],
    ['mail', 1, 1],
  ])
})

test('a purge removes what a filter means, and leaves what runs', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  await store.add(Array.from({ length: 1_200 }, () => due()))
  const [kept] = await store.add([due({ name: 'report' })])
  const [running] = await claim(store, 'worker', 1)
  assert.equal(await store.purge({ name: 'mail', state: 'PENDING' }), 1_199)
  assert.equal(await store.purge({ name: 'mail' }), 0)
  const left = await store.list({}, { limit: 10, offset: 0 })
  assert.deepEqual(
    left.map(({ parameters }) => String(parameters._id)),
    [kept, String(running?._id)],
  )
})

test('what is listed is found by an index, however many jobs there are', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  await stores.sql(`insert into agenda_jobs (name, state, data)
    select 'old', 'SUCCESS', '{}' from generate_series(1, 50000)`)
  const [failed] = await store.add([due()])
  const began = performance.now()
  const listed = await store.list({ state: 'PENDING' }, { limit: 50, offset: 0 })
  assert.deepEqual(
    listed.map(({ parameters }) => String(parameters._id)),
    [failed],
  )
  assert.ok(performance.now() - began < 50)
})
