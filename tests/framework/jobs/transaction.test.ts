import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Knex } from 'knex'
import type { Application } from '../../../src/framework/application'
import { JobNotFoundError, SendError } from '../../../src/framework/errors'
import { task } from '../../../src/framework/jobs'
import { appWith, nextEvent, withWorker } from '../../support/jobs'

const double = task('transaction.double', (n: number) => 2 * n)
const once = task('transaction.once', (n: number) => n, { unique: true })

type Place = 'its own file' | "the application's database"

/** Runs `body` with an application whose jobs live in this place. */
async function withApp(place: Place, body: (app: Application) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-transaction-'))
  const database = `sqlite:${folder}/db.sqlite3`
  const jobs = place === 'its own file' ? `sqlite:${folder}/jobs.sqlite3` : database
  const app = appWith({ double, once }, { DATABASE_URL: database, AGENDA_URL: jobs })
  try {
    await app.ready()
    await app.db.schema.createTable('notes', (table) => table.text('text'))
    await withWorker(app, () => body(app))
  } finally {
    await rm(folder, { recursive: true })
  }
}

for (const place of ['its own file', "the application's database"] as const) {
  test(`jobs in ${place}: one that is sent in a transaction runs when that commits`, async () => {
    await withApp(place, async (app) => {
      const job = await app.db.transaction(async (transaction) => {
        await transaction('notes').insert({ text: 'kept' })
        const sent = await double.with({ transaction }).now(21)
        await assert.rejects(sent.refresh(), JobNotFoundError)
        return sent
      })
      assert.equal(await job.result(), 42)
    })
  })

  test(`jobs in ${place}: one whose transaction was committed is found at once`, async () => {
    await withApp(place, async (app) => {
      const send = (transaction: Knex.Transaction) => double.with({ transaction }).in(60_000, 1)
      const { id } = await app.db.transaction(send)
      assert.equal((await app.job(id)).id, id)
      const later = await app.db.transaction(send)
      assert.equal((await app.queue.list())[0]?.id, later.id)
    })
  })

  test(`jobs in ${place}: one that is sent in a transaction is gone when that is rolled back`, async () => {
    await withApp(place, async (app) => {
      const transaction = await app.db.transaction()
      const job = await double.with({ transaction }).now(1)
      await transaction.rollback()
      await (await double.now(2)).result()
      await assert.rejects(job.refresh(), JobNotFoundError)
    })
  })

  test(`jobs in ${place}: a nested transaction that is undone by the outer one sends nothing`, async () => {
    await withApp(place, async (app) => {
      const outer = await app.db.transaction()
      const job = await outer.transaction((transaction) => double.with({ transaction }).now(1))
      await outer.rollback()
      await (await double.now(2)).result()
      await assert.rejects(job.refresh(), JobNotFoundError)
    })
  })
}

test('a unique job cannot wait for the transaction of another database', async () => {
  await withApp('its own file', async (app) => {
    await app.db.transaction(async (transaction) => {
      await assert.rejects(once.with({ transaction }).now(1), SendError)
    })
  })
})

test("a unique job in the application's database is stored once, by the transaction itself", async () => {
  await withApp("the application's database", async (app) => {
    const jobs = await app.db.transaction(async (transaction) => {
      const sender = once.with({ transaction })
      return [await sender.now(1), await sender.now(1)]
    })
    assert.equal(jobs[0]?.id, jobs[1]?.id)
    assert.equal(await jobs[0]?.result(), 1)
  })
})

test('a job that cannot be stored after its transaction is told', async () => {
  await withApp('its own file', async (app) => {
    app.queue.store.add = async () => {
      throw new Error('the disk is away')
    }
    const unsent = nextEvent(app, 'job.unsent')
    const job = await app.db.transaction((transaction) => double.with({ transaction }).now(1))
    const { id, error } = await unsent
    assert.deepEqual([id, error.message], [job.id, 'the disk is away'])
  })
})
