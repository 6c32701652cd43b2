import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from '../../src/framework/worker/worker'
import { nextEvent, withWorker } from '../support/jobs'
import { divide, type MakeApp, oneByOne, open, record, runs, wait } from './tasks'

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
      const refused = nextEvent(first, 'store.failed')
      open('aborted')
      assert.match((await refused).error.message, /no longer held by this worker/)
      assert.equal(await job.result(), 'aborted')
    })
    await first.agenda.stop(false)
    await first.close()
  })

  test('a job whose worker vanished runs again when its lock has expired', async () => {
    const lost = app()
    const job = await divide.now(9, 3)
    await lost.queue.open()
    const soon = new Date(Date.now() + 1_000)
    const claimed = await lost.queue.store.repository.getNextJobToRun(
      job.name,
      soon,
      new Date(0),
      undefined,
      {},
    )
    assert.equal(String(claimed?._id), job.id)
    await lost.close()
    const here = app()
    await withWorker(here, async () => {
      assert.equal(await (await here.job(job.id)).result(), 3)
    })
  })

  test('a job whose end belongs to an older claim is not changed by it', async () => {
    const here = app()
    await here.queue.open()
    const { results } = here.queue.store
    const { id } = await divide.now(1, 1)
    const at = new Date()
    await results.apply(id, { kind: 'start', claim: 'old', worker: 'w1', at })
    await results.apply(id, { kind: 'start', claim: 'new', worker: 'w2', at })
    const stale = {
      kind: 'finish',
      claim: 'old',
      ending: { state: 'SUCCESS', result: 'stale' },
      at,
    } as const
    assert.equal(await results.apply(id, stale), false)
    assert.equal(
      await results.apply(id, {
        ...stale,
        claim: 'new',
        ending: { state: 'SUCCESS', result: 7 },
      }),
      true,
    )
    assert.deepEqual(await results.find(id).then((found) => [found?.result, found?.worker]), [
      7,
      'w2',
    ])
    await here.agenda.cancel({ name: 'contract.divide' })
    await here.close()
  })

  test('workers announce themselves while they run', async () => {
    const here = app()
    await withWorker(here, async () => {
      const workers = await here.queue.store.results.workers()
      assert.ok(workers.some((worker) => worker.id === here.queue.id && worker.pid === process.pid))
    })
    const later = app()
    await later.queue.open()
    assert.ok(
      !(await later.queue.store.results.workers()).some((worker) => worker.id === here.queue.id),
    )
    await later.close()
  })
}
