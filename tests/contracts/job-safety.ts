import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Application } from '../../src/framework/application'
import { Worker } from '../../src/framework/worker/worker'
import { nextEvent, withWorker } from '../support/jobs'
import { divide, type MakeApp, nothing, oneByOne, open, record, runs, wait } from './tasks'

/** Nothing is lost and nothing runs twice, whatever workers do to each other. */
export function jobSafety(app: MakeApp): void {
  test('two workers that race for 200 jobs run each of them once', async () => {
    const [first, second] = [app(), app()]
    const sent = Array.from({ length: 200 }, (_, index) => `race ${index}`)
    const jobs = await Promise.all(sent.map((what) => record.now(what)))
    await withWorker(first, () =>
      withWorker(second, async () => {
        await Promise.all(jobs.map((job) => job.result()))
      }),
    )
    const ran = runs.filter((what) => String(what).startsWith('race '))
    assert.deepEqual(ran.toSorted(), sent.toSorted())
  })

  test('a place that becomes free is filled at once, not at the next look', async () => {
    // At the next look it would be one job every four seconds.
    const here = app({ AGENDA_PROCESS_EVERY: 4_000 })
    const jobs = await Promise.all([1, 2, 3, 4, 5].map((n) => oneByOne.now(n)))
    const worker = new Worker(here)
    await worker.start()
    const results = await Promise.all(jobs.map((job) => job.result({ timeout: 3_500 })))
    assert.deepEqual(results, [1, 2, 3, 4, 5])
    await worker.stop()
    await here.close()
  })

  test('a worker that stops lets the running job finish and leaves the others to be taken', async () => {
    const here = app({ AGENDA_MAX_CONCURRENCY: 1 })
    const running = await wait.now('running')
    const worker = new Worker(here)
    const started = nextEvent(here, 'job.started', running.id)
    await worker.start()
    await started
    const waiting = await record.now('left')
    const stopped = worker.stop()
    open('running')
    await stopped
    assert.equal((await running.refresh()).state, 'SUCCESS')
    assert.equal((await waiting.refresh()).state, 'PENDING')
    await here.close()
    await withWorker(app(), async () => {
      await (await divide.now(1, 1)).result()
    })
    assert.ok(runs.includes('left'))
  })

  test('a worker that aborts puts its job back; the next one runs it, and the late end is refused', async () => {
    const first = app()
    const job = await wait.now('aborted')
    const worker = new Worker(first)
    const started = nextEvent(first, 'job.started', job.id)
    await worker.start()
    await started
    await worker.abort()
    const second = app()
    const again = nextEvent(second, 'job.started', job.id)
    await withWorker(second, async () => {
      await again
      await job.refresh()
      assert.deepEqual([job.state, job.attempts, job.worker], ['STARTED', 2, second.queue.id])
      const refused = nextEvent(first, 'job.lost', job.id)
      open('aborted')
      await refused
      assert.equal(await job.result(), 'aborted')
    })
    await first.close()
  })

  test('a job whose worker vanished runs again when its lock has expired', async () => {
    const lost = app()
    const job = await divide.now(9, 3)
    const [claimed] = await claim(lost, divide.taskName)
    assert.equal(String(claimed?._id), job.id)
    await lost.close()
    const here = app({ AGENDA_DEFAULT_LOCK_LIFETIME: 500 })
    await withWorker(here, async () => {
      const again = await here.job(job.id)
      assert.equal(await again.result(), 3)
      assert.equal(again.attempts, 2)
    })
  })

  test('a job whose worker died as often as allowed is given up, and never runs again', async () => {
    const settings = { AGENDA_DEFAULT_LOCK_LIFETIME: 300, AGENDA_MAX_CRASHES: 1 }
    const lost = app()
    const job = await record.now('poison')
    await claim(lost, record.taskName)
    await lost.close()
    const here = app(settings)
    await withWorker(here, async () => {
      const handle = await here.job(job.id)
      await assert.rejects(handle.result(), { name: 'WorkerLostError' })
      await (await nothing.now()).result()
    })
    assert.ok(!runs.includes('poison'))
  })

  test('of the jobs that two workers died with, a worker holds one at a time', async () => {
    const here = app()
    await record.nowMany([['one suspect'], ['other suspect']])
    for (const gone of ['first', 'second']) {
      await claim(here, record.taskName, gone, 2)
      await rescued(here, 2)
    }
    const held = await claim(here, record.taskName, 'third', 2)
    assert.equal(held.length, 1)
    assert.deepEqual(await claim(here, record.taskName, 'third', 2), [])
    held.push(...(await claim(here, record.taskName, 'fourth', 2)))
    assert.equal(held.length, 2)
    for (const job of held) await here.queue.store.finish(job, { state: 'SUCCESS' }, new Date())
    await here.close()
  })

  test('a step of an older claim is refused, and the end of the newer one stands', async () => {
    const here = app()
    const { id } = await divide.now(1, 1)
    const { store } = here.queue
    const [old] = await claim(here, divide.taskName)
    assert.ok(old)
    await store.release([old])
    const [latest] = await claim(here, divide.taskName, 'second worker')
    assert.ok(latest)
    const at = new Date()
    assert.equal(await store.finish(old, { state: 'SUCCESS', result: 'stale' }, at), false)
    await store.release([old])
    await store.progress(old, 99)
    assert.equal(await store.finish(latest, { state: 'SUCCESS', result: 7 }, at), true)
    const job = await here.job(id)
    assert.deepEqual(
      [await job.result(), job.worker, job.attempts, job.progress],
      [7, 'second worker', 2, undefined],
    )
    await here.close()
  })

  test('a job that is to be stopped and is given back instead does not run again', async () => {
    const here = app()
    const job = await record.now('to be stopped')
    const [held] = await claim(here, record.taskName)
    assert.ok(held)
    assert.equal(await here.queue.store.terminate(job.id), true)
    await here.queue.store.release([held])
    assert.equal((await job.refresh()).state, 'REVOKED')
    assert.deepEqual(await claim(here, record.taskName), [])
    await here.close()
  })

  test('a claim takes no more than there is room for, of each task and altogether', async () => {
    const here = app()
    await Promise.all([
      divide.nowMany([
        [1, 1],
        [2, 1],
        [3, 1],
      ]),
      record.nowMany([['a'], ['b']]),
    ])
    const tasks = new Map([
      [divide.taskName, 2],
      [record.taskName, 5],
    ])
    const wish = { worker: 'w', following: () => null }
    const { store } = here.queue
    const first = await store.claim({ ...wish, tasks, total: 3 })
    assert.equal(first.length, 3)
    assert.ok(first.filter((job) => job.name === divide.taskName).length <= 2)
    const second = await store.claim({ ...wish, tasks, total: 10 })
    assert.equal(first.length + second.length, 5)
    assert.equal(new Set([...first, ...second].map((job) => job.claim)).size, 5)
    const at = new Date()
    for (const job of [...first, ...second]) await store.finish(job, { state: 'SUCCESS' }, at)
    await here.close()
  })

  test('workers announce themselves while they run', async () => {
    const here = app()
    await withWorker(here, async () => {
      const workers = await here.queue.store.workers()
      assert.ok(workers.some((worker) => worker.id === here.queue.id && worker.pid === process.pid))
    })
    const later = app()
    await later.queue.open()
    const workers = await later.queue.store.workers()
    assert.ok(!workers.some((worker) => worker.id === here.queue.id))
    await later.close()
  })

  test('a job that takes longer than its lock keeps it, and runs once', async () => {
    const settings = { AGENDA_DEFAULT_LOCK_LIFETIME: 1_000 }
    const [first, second] = [app(settings), app(settings)]
    const job = await wait.now('long')
    await withWorker(first, () =>
      withWorker(second, async () => {
        await (await nothing.in(2_500)).result()
        open('long')
        await job.result()
      }),
    )
    assert.deepEqual(
      runs.filter((what) => what === 'long'),
      ['long'],
    )
  })

  test('a busy worker leaves what it cannot run at once to an idle one', async () => {
    const [busy, idle] = [app({ AGENDA_MAX_CONCURRENCY: 1 }), app({ AGENDA_MAX_CONCURRENCY: 1 })]
    const first = await wait.now('one')
    const started = nextEvent(busy, 'job.started', first.id)
    await withWorker(busy, async () => {
      await started
      const other = await wait.now('two')
      const taken = nextEvent(idle, 'job.started', other.id)
      await withWorker(idle, async () => {
        await taken
        open('one')
        open('two')
        await Promise.all([first.result(), other.result()])
      })
    })
  })

  test('a job whose revocation was cut short is not run, and not tried again', async () => {
    const here = app()
    const job = await record.now('half revoked')
    await here.queue.open()
    await here.queue.store.results.revoke({ id: job.id, name: job.name }, false)
    await withWorker(here, async () => {
      await (await nothing.now()).result()
      while (!(await here.agenda.queryJobs({ id: job.id })).jobs[0]?.disabled) await sleep(10)
    })
    assert.ok(!runs.includes('half revoked'))
  })
}

/** Claims the next job of a task, as a worker does. */
async function claim(app: Application, name: string, worker = 'lost worker', count = 1) {
  await app.queue.open()
  const tasks = new Map([[name, count]])
  return app.queue.store.claim({ tasks, total: count, worker, following: () => null })
}

/** Takes over what vanished workers hold, until so many jobs wait again. */
async function rescued(app: Application, count: number): Promise<void> {
  const worker = { id: 'rescuer', host: '', pid: 0, concurrency: 1, startedAt: new Date() }
  const limits = { lockLifetime: 200, maxCrashes: 9, resultExpires: 60_000 }
  let left = count
  let guarding: Promise<() => Promise<void>> | undefined
  await new Promise<void>((done, failed) => {
    guarding = app.queue.store.guard({
      ...limits,
      worker,
      failed,
      rescued: (jobs) => {
        left -= jobs.length
        if (left === 0) done()
      },
    })
    guarding.catch(failed)
  })
  const end = await guarding
  await end?.()
}
