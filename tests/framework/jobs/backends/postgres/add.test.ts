import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipWithout } from '../../../../support/servers'
import { claim, due, Stores } from './store'

const options = { skip: skipWithout('postgres') }
const once = (key: string) => ({ unique: { key, until: undefined } })

test('a job whose answer got lost may be sent again, and is there once', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const job = due()
  assert.deepEqual([await store.add([job]), await store.add([job])], [[job.id], [job.id]])
  assert.equal((await claim(store)).length, 1)
})

test(
  'a job that the server refuses keeps no other from being stored in the same moment',
  options,
  async () => {
    await using stores = await Stores.make()
    const store = await stores.open()
    const refused = due({ data: { args: ['\0'], sentAt: '' } })
    const good = [due(), due()]
    const sent = [store.add([refused]), ...good.map((job) => store.add([job]))]
    const [first, ...others] = await Promise.allSettled(sent)
    assert.equal(first?.status, 'rejected')
    assert.deepEqual(
      others.map((one) => one.status),
      ['fulfilled', 'fulfilled'],
    )
    assert.equal((await claim(store)).length, 2)
  },
)

test('of many jobs all are stored or none', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const jobs = Array.from({ length: 2_500 }, () => due())
  const refused = due({ data: { args: ['\0'], sentAt: '' } })
  await assert.rejects(store.add([...jobs, refused]))
  assert.deepEqual(await store.stats(), [])
  assert.deepEqual(
    await store.add(jobs),
    jobs.map((job) => job.id),
  )
})

test('a unique key may be longer than what an index takes', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const key = Array.from({ length: 9_000 }, () => Math.random()).join()
  const [first] = await store.add([due(once(key))])
  assert.deepEqual(await store.add([due(once(key)), due()]).then(([id]) => id), first)
})

test(
  'unique jobs that are sent together in every way are one job for each key',
  options,
  async () => {
    await using stores = await Stores.make()
    const [here, there] = [await stores.open(), await stores.open()]
    const keys = Array.from({ length: 150 }, (_, index) => `key ${index % 75}`)
    const jobs = () => keys.map((key) => due(once(key)))
    const many = [here.add(jobs()), there.add(jobs().reverse())]
    const single = jobs().map((job, index) => (index % 2 ? here : there).add([job]))
    await Promise.all([...many, ...single])
    assert.equal((await here.stats())[0]?.counts.PENDING, 75)
  },
)
