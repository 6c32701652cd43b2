import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Application } from '../../../src/framework/application'
import { task } from '../../../src/framework/jobs'
import type { JobStore } from '../../../src/framework/jobs/backends/contract'
import { Worker } from '../../../src/framework/worker/worker'
import { appWith, nextEvent, withWorker } from '../../support/jobs'

const gate = new EventTarget()
const count = task('claims.count', (n: number) => n + 1)
const wait = task('claims.wait', async () => {
  await once(gate, 'open')
  return 'done'
})

/** The real store of an application with some of its methods changed. */
function withStore(change: (store: JobStore) => Partial<JobStore>): Application {
  const app = appWith({ count, wait })
  Object.assign(app.queue.store, change(app.queue.store))
  return app
}

/** The method of a store, failing the first `times` it is called. */
function failing<A extends unknown[], R>(
  times: number,
  method: (...args: A) => Promise<R>,
  concerned: (...args: A) => boolean = () => true,
): (...args: A) => Promise<R> {
  let left = times
  return async (...args) => {
    if (concerned(...args) && left-- > 0) throw new Error('the disk is away')
    return method(...args)
  }
}

test('an end that cannot be saved at first is saved later; the task does not run again', async () => {
  const app = withStore((store) => ({
    save: failing(2, store.save.bind(store), (_job, step) => step.kind === 'finish'),
  }))
  await withWorker(app, async () => {
    const failed = nextEvent(app, 'store.failed')
    const job = await count.now(1)
    assert.equal((await failed).error.message, 'the disk is away')
    assert.equal(await job.result(), 2)
    assert.equal(job.attempts, 1)
  })
})

test('a start that cannot be saved gives the job back, and it runs later', async () => {
  const app = withStore((store) => ({
    save: failing(1, store.save.bind(store), (_job, step) => step.kind === 'start'),
  }))
  await withWorker(app, async () => {
    const job = await count.now(1)
    assert.equal(await job.result(), 2)
  })
})

test('a job that cannot be given back is said; the worker goes on', async () => {
  const app = withStore((store) => ({
    save: failing(1, store.save.bind(store), (_job, step) => step.kind === 'start'),
    release: failing(1, store.release.bind(store)),
  }))
  await withWorker(app, async () => {
    const failed = nextEvent(app, 'store.failed')
    await count.now(1)
    await failed
    assert.equal(await (await count.now(2)).result(), 3)
  })
})

test('an abort while a stop waits puts the job back before anything is closed', async () => {
  const app = withStore((store) => ({
    release: async (jobs) => {
      await sleep(50)
      await Object.getPrototypeOf(store).release.call(store, jobs)
    },
  }))
  const worker = new Worker(app)
  const job = await wait.now()
  const started = nextEvent(app, 'job.started', job.id)
  await worker.start()
  await started
  const released = nextEvent(app, 'job.released', job.id)
  const stopped = worker.stop()
  await Promise.all([worker.abort(), stopped, released])
  assert.equal((await job.refresh()).state, 'PENDING')
  gate.dispatchEvent(new Event('open'))
  await app.close()
})

test('a claim that was under way when the worker stopped is given back', async () => {
  const app = withStore((store) => {
    const { repository } = store
    const claim = repository.getNextJobToRun.bind(repository)
    repository.getNextJobToRun = async (...args) => {
      const job = await claim(...args)
      await sleep(50)
      return job
    }
    return {}
  })
  const job = await count.now(1)
  const worker = new Worker(app)
  await worker.start()
  await worker.stop()
  const { jobs } = await app.agenda.queryJobs({ id: job.id })
  assert.deepEqual([jobs[0]?.lockedAt, (await job.refresh()).state], [undefined, 'PENDING'])
  await app.close()
})
