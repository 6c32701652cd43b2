import assert from 'node:assert/strict'
import { test } from 'node:test'
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

  test('a job that was begun by a lost worker and is given back is run by the next', async () => {
    const lost = app()
    const { id } = await divide.now(8, 2)
    const begun = await claimAndBegin(lost)
    assert.equal(begun, id)
    await lost.close()
    const brief = app()
    const claimed = await claim(brief, Date.now() + 60_000)
    assert.equal(String(claimed?._id), id)
    await brief.queue.claims.repository.unlockJobs([id as never])
    await brief.close()
    const here = app()
    await withWorker(here, async () => {
      assert.equal(await (await here.job(id)).result({ timeout: 10_000 }), 4)
    })
  })

  test('a job whose revocation was cut short is not run, and not tried again', async () => {
    const here = app()
    const job = await record.now('half revoked')
    await here.queue.store.results.revoke(job.id, false)
    const noticed = nextEvent(here, 'job.revoked', job.id)
    await withWorker(here, async () => {
      await noticed
      const { jobs } = await here.agenda.queryJobs({ id: job.id })
      assert.equal(jobs[0]?.disabled, true)
    })
    assert.ok(!runs.includes('half revoked'))
  })
}

/** Claims the next division, as a worker does; locks older than `deadline` count as expired. */
function claim(app: Application, deadline: number) {
  const { repository } = app.queue.claims
  return repository.getNextJobToRun(divide.taskName, new Date(), new Date(deadline), undefined, {})
}

/** What a worker has done when it is killed right after a task has begun. */
async function claimAndBegin(app: Application): Promise<string> {
  const job = await claim(app, 0)
  assert.ok(job)
  await app.queue.claims.repository.saveJobState(
    { ...job, lastRunAt: new Date(), nextRunAt: null },
    {},
  )
  return String(job._id)
}
