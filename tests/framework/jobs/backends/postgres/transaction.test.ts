import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Application } from '../../../../../src/framework/application'
import { JobNotFoundError, SendError } from '../../../../../src/framework/errors'
import { task } from '../../../../../src/framework/jobs'
import { appWith, withWorker } from '../../../../support/jobs'
import { type FreshDatabase, freshDatabase, skipWithout } from '../../../../support/servers'

const double = task('transaction.double', (n: number) => 2 * n)
const once = task('transaction.once', (n: number) => n, { unique: true })
let fresh: FreshDatabase

/** Runs `body` with an application whose jobs and tables are in one database. */
async function withApp(
  body: (app: Application) => Promise<void>,
  jobs = (url: string) => url,
): Promise<void> {
  const settings = { DATABASE_URL: fresh.url, AGENDA_URL: jobs(fresh.url) }
  const app = appWith({ double, once }, settings)
  await app.ready()
  await withWorker(app, () => body(app))
}

describe('jobs in the PostgreSQL database of the application', {
  skip: skipWithout('postgres'),
}, () => {
  before(async () => {
    fresh = await freshDatabase('postgres')
  })
  after(() => fresh?.drop())

  test('a job that is sent in a transaction runs when that commits', async () => {
    await withApp(async (app) => {
      const job = await app.db.transaction(async (transaction) => {
        const sent = await double.with({ transaction }).now(21)
        const { rows } = await transaction.raw('select name from agenda_jobs where id = ?', [
          sent.id,
        ])
        assert.deepEqual(rows, [{ name: 'transaction.double' }])
        await assert.rejects(sent.refresh(), JobNotFoundError)
        return sent
      })
      assert.equal(await job.result({ timeout: 2_000 }), 42)
    })
  })

  test('a job that is sent in a transaction is gone when that is rolled back', async () => {
    await withApp(async (app) => {
      const transaction = await app.db.transaction()
      const job = await double.with({ transaction }).now(1)
      await transaction.rollback()
      await (await double.now(2)).result()
      await assert.rejects(job.refresh(), JobNotFoundError)
    })
  })

  test('a unique job is stored once, by the transaction itself', async () => {
    await withApp(async (app) => {
      const jobs = await app.db.transaction(async (transaction) => {
        const sender = once.with({ transaction })
        return [await sender.now(1), ...(await sender.nowMany([[1], [1], [2]]))]
      })
      assert.equal(new Set(jobs.map((job) => job.id)).size, 2)
      assert.deepEqual(await Promise.all(jobs.map((job) => job.result())), [1, 1, 1, 2])
    })
  })

  test('a unique job waits for the transaction that may have sent it', async () => {
    await withApp(async (app) => {
      const transaction = await app.db.transaction()
      const first = await once.with({ transaction }).now(3)
      const second = once.now(3)
      const ended = double.now(4).then((job) => job.result())
      assert.equal(await ended, 8)
      await transaction.commit()
      assert.equal((await second).id, first.id)
    })
  })

  test('a URL that says the same in other words means the same database', async () => {
    const otherwise = (url: string) =>
      url.replace('postgres://', 'postgresql://').replace(':5432', '')
    await withApp(async (app) => {
      await app.db.transaction(async (transaction) => {
        // Of another database this would be refused.
        await once.with({ transaction }).now(9)
      })
    }, otherwise)
  })

  test('other tables of the same database are not those of the application', async () => {
    const elsewhere = (url: string) => `${url}?options=-c%20search_path%3Dpublic`
    await withApp(async (app) => {
      await app.db.transaction(async (transaction) => {
        await assert.rejects(once.with({ transaction }).now(10), SendError)
      })
    }, elsewhere)
  })
})
