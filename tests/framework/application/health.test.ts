import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appWith } from '../../support/jobs'

test('an application whose parts answer is healthy', async () => {
  const app = appWith({})
  const health = await app.health()
  assert.deepEqual([health.ok, health.database.ok, health.jobs.ok], [true, true, true])
  await app.close()
})

test('an application says within two seconds which part does not answer, and why', async () => {
  const app = appWith({}, { AGENDA_URL: 'sqlite:/no/such/folder/jobs.sqlite3' })
  const health = await app.health()
  assert.deepEqual([health.ok, health.database.ok, health.jobs.ok], [false, true, false])
  assert.match(health.jobs.error ?? '', /the folder \/no\/such\/folder does not exist/)
  await app.close()
})

test('a part that never answers is given up after a second', async () => {
  const app = appWith({})
  await app.ready()
  app.queue.store.ping = () => new Promise(() => {})
  const { jobs } = await app.health()
  assert.equal(jobs.error, 'No answer within 1000 ms.')
  assert.ok(jobs.took >= 1_000)
  await app.close()
})
