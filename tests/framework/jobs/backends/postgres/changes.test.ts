import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '../../../../../src/framework/jobs'
import type { PostgresStore } from '../../../../../src/framework/jobs/backends/postgres/store'
import { skipWithout } from '../../../../support/servers'
import { claim, due, Stores } from './store'

const options = { skip: skipWithout('postgres') }
const connections = `from pg_stat_activity
  where datname = current_database() and query ilike $1 and pid <> pg_backend_pid()`

/** What a store is told, and when that is enough. */
class Ears {
  readonly heard: Change[] = []
  #rounds = 0
  #check = (): void => {}
  readonly stop: () => void

  constructor(store: PostgresStore) {
    this.stop = store.follow((changes) => {
      this.heard.push(...changes)
      this.#rounds += changes.length === 0 ? 1 : 0
      this.#check()
    })
  }

  /** How often it was told that something may be missing. */
  get gaps(): number {
    return this.#rounds
  }

  async until(enough: () => boolean): Promise<void> {
    while (!enough()) await new Promise<void>((resolve) => (this.#check = resolve))
  }
}

test(
  'a change that is committed after a later one is told all the same, and once',
  options,
  async () => {
    await using stores = await Stores.make()
    const [sender, listener] = [await stores.open(), await stores.open()]
    const ears = new Ears(listener)
    await listener.find(due().id)
    const slow = await stores.pool.connect()
    await slow.query('begin')
    await slow.query(`insert into agenda_changes (list)
    values (json_build_array(json_build_array('sent', 'slow', 'mail', 1, null, null)))`)
    const [quick] = await sender.add([due()])
    await ears.until(() => ears.heard.length === 1)
    await slow.query(`select pg_notify('agenda_changes_' || 'agenda_changes'::regclass::oid, '')`)
    await slow.query('commit')
    slow.release()
    await ears.until(() => ears.heard.length === 2)
    const [last] = await sender.add([due()])
    await ears.until(() => ears.heard.length === 3)
    assert.deepEqual(
      ears.heard.map((change) => change.id),
      [quick, 'slow', last],
    )
    ears.stop()
  },
)

test('what happened while the connection was lost is told when it is back', options, async () => {
  await using stores = await Stores.make()
  const [sender, listener] = [await stores.open(), await stores.open()]
  const ears = new Ears(listener)
  const [first] = await sender.add([due()])
  await ears.until(() => ears.heard.length === 1)
  await stores.sql(`select pg_terminate_backend(pid) ${connections}`, '%pg_snapshot_xmin%')
  const [second] = await sender.add([due()])
  await ears.until(() => ears.gaps === 1)
  assert.deepEqual(
    ears.heard.map((change) => change.id),
    [first, second],
  )
  ears.stop()
})

test('who follows hears nothing that happened before', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  await store.add([due()])
  const ears = new Ears(store)
  // What is read after `follow` is not older than what is told.
  await store.find(due().id)
  await claim(store)
  await ears.until(() => ears.heard.length > 0)
  assert.deepEqual(
    ears.heard.map((change) => change.kind),
    ['started'],
  )
  ears.stop()
})

test('one commit of many changes arrives whole', options, async () => {
  await using stores = await Stores.make()
  const store = await stores.open()
  const ears = new Ears(store)
  await store.find(due().id)
  const ids = await store.add(Array.from({ length: 3_000 }, () => due()))
  await ears.until(() => ears.heard.length >= 3_000)
  assert.deepEqual(new Set(ears.heard.map((change) => change.id)), new Set(ids))
  ears.stop()
})
