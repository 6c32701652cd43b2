import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseStoreUrl, type StoreUrl } from '../../../../../src/framework/config/url'
import { withPulse } from '../../../../../src/framework/jobs/backends/pulse/pulse'
import { skipWithout } from '../../../../support/servers'
import { claim, due, orders, Stores } from '../redis/store'

const keeper = require.resolve('../../../../../src/framework/jobs/backends/redis/keeper')
// Nobody listens there.
const nowhere = parseStoreUrl('redis://someone:secret@127.0.0.1:1/0', ['redis']) as StoreUrl

/** Keeps this thread busy. */
function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

/** Does nothing, and notes that it was asked to. */
class Idle {
  readonly asked: string[] = []
  start = async () => void this.asked.push('start')
  end = async () => void this.asked.push('end')
}

/** What was told to have failed, and a promise of the first. */
function failures() {
  const told: Error[] = []
  let failed = (_: Error): void => {}
  const first = new Promise<Error>((resolve, reject) => {
    // Nothing of a pulse keeps a process alive.
    const late = setTimeout(reject, 10_000, new Error('nothing was told within 10 s'))
    failed = (error) => {
      told.push(error)
      clearTimeout(late)
      resolve(error)
    }
  })
  return { told, first, failed }
}

test('a guard begins and ends with its pulse', async () => {
  const guard = new Idle()
  const end = await withPulse(guard, keeper, nowhere, orders())
  assert.deepEqual(guard.asked, ['start'])
  await end()
  assert.deepEqual(guard.asked, ['start', 'end'])
})

test('a store that does not answer a blocked worker is told once, its password hidden', async () => {
  const { told, first, failed } = failures()
  const lockLifetime = 400
  const end = await withPulse(new Idle(), keeper, nowhere, orders({ lockLifetime, failed }))
  block(2_000)
  assert.match((await first).message, /^The job store redis:.*127\.0\.0\.1:1.* cannot be used: /)
  assert.doesNotMatch((await first).message, /secret/)
  await end()
  assert.equal(told.length, 1)
})

test('a thread that cannot start is told, and fails nothing else', async () => {
  const { told, first, failed } = failures()
  const guard = new Idle()
  const end = await withPulse(guard, `${keeper}.missing`, nowhere, orders({ failed }))
  assert.match((await first).message, /Cannot find module/)
  await end()
  assert.deepEqual([told.length, guard.asked], [1, ['start', 'end']])
})

test('of the jobs in the store a blocked worker keeps its own, and no others', {
  skip: skipWithout('redis'),
}, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const [mine = ''] = await store.add([due()])
  await claim(store, 'mine')
  const [theirs = ''] = await store.add([due()])
  await claim(store, 'theirs')
  const url = parseStoreUrl(stores.url, ['redis']) as StoreUrl
  const end = await withPulse(new Idle(), keeper, url, orders({ id: 'mine', lockLifetime: 400 }))
  const locks = () =>
    Promise.all([mine, theirs].map((id) => stores.client.zscore(`${stores.prefix}locks`, id)))
  const before = (await locks()).map(Number)
  block(1_500)
  await end()
  const passed = (await locks()).map((lock, index) => Number(lock) - Number(before[index]))
  assert.ok(Number(passed[0]) > 1_000)
  assert.equal(passed[1], 0)
  // Whoever is not on the list of workers does not come on it in this way.
  assert.deepEqual(await store.workers(), [])
})
