import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Application } from '../../../src/framework/application'
import { currentJob, task } from '../../../src/framework/jobs'
import type { JobStore } from '../../../src/framework/jobs/backends/contract'
import { Worker } from '../../../src/framework/worker/worker'
import { appWith, nextEvent, withWorker } from '../../support/jobs'

const gate = new EventTarget()
const count = task('runner.count', (n: number) => n + 1)
const wait = task('runner.wait', async () => {
  await once(gate, 'open')
  return 'done'
})
let atOnce = 0
let most = 0
const crowd = task('runner.crowd', async () => {
  atOnce += 1
  most = Math.max(most, atOnce)
  await sleep(5)
  atOnce -= 1
})
const two = task('runner.two', crowd, { concurrency: 2 })

const hostile = task('runner.hostile', () => {
  throw new Proxy(new Error(), {
    getPrototypeOf() {
      throw new Error('no')
    },
  })
})
const order: number[] = []
const ordered = task('runner.ordered', (n: number) => void order.push(n))
const secret = task('runner.secret', () => () => {}, { retry: 3 })

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
): (...args: A) => Promise<R> {
  let left = times
  return async (...args) => {
    if (left-- > 0) throw new Error('the disk is away')
    return method(...args)
  }
}

test('an end that cannot be saved at first is saved later; the task does not run again', async () => {
  const app = withStore((store) => ({ finish: failing(2, store.finish.bind(store)) }))
  await withWorker(app, async () => {
    const failed = nextEvent(app, 'store.failed')
    const job = await count.now(1)
    assert.equal((await failed).error.message, 'the disk is away')
    assert.equal(await job.result(), 2)
    assert.equal(job.attempts, 1)
  })
})

test('a result that cannot be stored is a failure, and no reason to do the work again', async () => {
  const app = appWith({ secret })
  await withWorker(app, async () => {
    const job = await secret.now()
    await assert.rejects(job.result(), { name: 'NotStorableError', message: /runner\.secret/ })
    assert.equal(job.attempts, 1)
  })
})

test('a task that throws what cannot be read is a failure, and its worker goes on', async () => {
  const app = appWith({ hostile, count })
  await withWorker(app, async () => {
    await assert.rejects((await hostile.now()).result(), /cannot be read/)
    assert.equal(await (await count.now(1)).result(), 2)
  })
})

test('jobs that are sent one after the other begin in that order', async () => {
  const app = appWith({ ordered })
  await ordered.nowMany([[0], [1], [2], [3], [4]])
  for (const n of [5, 6, 7, 8, 9]) await ordered.now(n)
  await app.queue.drain()
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  await app.close()
})

test('a claim that fails is said, and made again at the next look', async () => {
  const app = withStore((store) => ({ claim: failing(2, store.claim.bind(store)) }))
  const failed = nextEvent(app, 'store.failed')
  await withWorker(app, async () => {
    const job = await count.now(1)
    await failed
    assert.equal(await job.result(), 2)
  })
})

test('a job that cannot be given back is said, and the abort goes on', async () => {
  const app = withStore((store) => ({ release: failing(1, store.release.bind(store)) }))
  const worker = new Worker(app)
  const job = await wait.now()
  const started = nextEvent(app, 'job.started', job.id)
  await worker.start()
  await started
  const failed = nextEvent(app, 'store.failed')
  await worker.abort()
  await failed
  gate.dispatchEvent(new Event('open'))
  await app.close()
})

test('an abort while a stop waits puts the job back before anything is closed', async () => {
  const app = withStore((store) => {
    const release = store.release.bind(store)
    return {
      release: async (jobs) => {
        await sleep(50)
        await release(jobs)
      },
    }
  })
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
    const claim = store.claim.bind(store)
    return {
      claim: async (wish) => {
        const jobs = await claim(wish)
        await sleep(50)
        return jobs
      },
    }
  })
  const job = await count.now(1)
  const worker = new Worker(app)
  await worker.start()
  await worker.stop()
  const { jobs } = await app.agenda.queryJobs({ id: job.id })
  assert.deepEqual([jobs[0]?.lockedAt, (await job.refresh()).state], [undefined, 'PENDING'])
  await app.close()
})

for (const [what, settings, tasks, expected] of [
  ['of one task', { AGENDA_DEFAULT_CONCURRENCY: 3 }, { crowd }, 3],
  ['of a task that says so', {}, { two }, 2],
  ['altogether', { AGENDA_MAX_CONCURRENCY: 4 }, { crowd, two }, 4],
] as const) {
  test(`no more jobs run at a time than allowed ${what}, and no fewer`, async () => {
    most = 0
    const app = appWith(tasks, settings)
    const jobs = await Promise.all(
      Object.values(tasks).map((each) => each.nowMany(Array.from({ length: 20 }, () => []))),
    )
    await withWorker(app, async () => {
      await Promise.all(jobs.flat().map((job) => job.result()))
    })
    assert.equal(most, expected)
  })
}

test('a listener that throws harms neither the job nor the worker', async () => {
  const app = appWith({ count })
  const stderr = process.stderr.write
  const written: string[] = []
  process.stderr.write = ((text: string) => written.push(text)) as never
  app.queue.events.on('job.succeeded', () => {
    throw new Error('deaf')
  })
  try {
    await withWorker(app, async () => {
      assert.equal(await (await count.now(1)).result(), 2)
    })
  } finally {
    process.stderr.write = stderr
  }
  assert.match(written.join(''), /A listener of job\.succeeded threw: Error: deaf/)
})

test('a task that is called as a function has no current job', () => {
  assert.equal(currentJob(), undefined)
})

test('a progress that is no percentage is refused', async () => {
  const tell = task('runner.tell', () => currentJob()?.progress(101))
  await withWorker(appWith({ tell }), async () => {
    await assert.rejects((await tell.now()).result(), /Expected a progress from 0 to 100, saw 101/)
  })
})
