import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import type { Application } from '../../src/framework/application'
import type { SettingValues } from '../../src/framework/config'
import { JobNotFoundError, JobRevokedError, ResultTimeoutError } from '../../src/framework/errors'
import { task } from '../../src/framework/jobs'
import { Worker } from '../../src/framework/worker/worker'
import { appWith, nextEvent, withWorker } from '../support/jobs'

/** A place for jobs of a test's own, and how to remove it. */
export interface TestStore {
  readonly settings: SettingValues
  drop(): Promise<void>
}

const gate = new EventTarget()
const runs: unknown[] = []

const divide = task('contract.divide', (x: number, y: number) => x / y)
const fail = task('contract.fail', (message: string) => {
  throw Object.assign(new RangeError(message), { code: 'E_RANGE' })
})
const nextDay = task('contract.nextDay', (day: Date) => new Date(day.getTime() + 86_400_000))
const nothing = task('contract.nothing', () => {})
const record = task('contract.record', (what: string) => {
  runs.push(what)
})
const wait = task('contract.wait', async (name: string) => {
  runs.push(name)
  await once(gate, name)
  return name
})
const oneByOne = task('contract.oneByOne', (n: number) => n, { concurrency: 1 })
const tasks = { divide, fail, nextDay, nothing, record, wait, oneByOne }

function open(name: string): void {
  gate.dispatchEvent(new Event(name))
}

/** What every job store must do, run once per store: sends, results, revocation, and no loss. */
export function jobStoreContract(
  name: string,
  create: () => Promise<TestStore>,
  options: { skip: string | false },
): void {
  describe(`the job store ${name}`, options, () => {
    let store: TestStore
    const app = (settings: SettingValues = {}): Application => appWith(tasks, { ...store.settings, ...settings })
    before(async () => {
      runs.length = 0
      store = await create()
    })
    after(() => store?.drop())

    test('a job brings the value that its task returned', async () => {
      const here = app()
      await withWorker(here, async () => {
        const job = await divide.now(1, 2)
        assert.equal(await job.result(), 0.5)
      })
    })

    test('dates arrive as dates, as arguments and as results', async () => {
      await withWorker(app(), async () => {
        const job = await nextDay.now(new Date(0))
        assert.deepEqual(job.args, [new Date(0)])
        assert.deepEqual(await job.result(), new Date(86_400_000))
      })
    })

    test('a task that returns nothing brings undefined', async () => {
      await withWorker(app(), async () => {
        assert.equal(await (await nothing.now()).result(), undefined)
      })
    })

    test("a failed job brings the task's own error, with the worker's stack", async () => {
      await withWorker(app(), async () => {
        const job = await fail.now('too far')
        await assert.rejects(job.result(), (error: RangeError & { code: string }) => {
          assert.ok(error instanceof RangeError)
          assert.deepEqual([error.message, error.code], ['too far', 'E_RANGE'])
          assert.match(error.stack ?? '', /job-store\.ts:\d+/)
          return true
        })
        assert.equal(job.state, 'FAILURE')
      })
    })

    test('a job goes from PENDING over STARTED to SUCCESS, with its times and attempts', async () => {
      const here = app()
      const job = await wait.now('states')
      assert.deepEqual([job.state, job.attempts], ['PENDING', 0])
      const started = nextEvent(here, 'job.started', job.id)
      await withWorker(here, async () => {
        await started
        await job.refresh()
        assert.deepEqual([job.state, job.attempts, job.worker], ['STARTED', 1, here.queue.id])
        open('states')
        await job.result()
        assert.equal(job.state, 'SUCCESS')
        const times = [job.sentAt, job.startedAt, job.finishedAt].map((time) => time?.getTime() ?? 0)
        assert.deepEqual(times, times.toSorted())
      })
    })

    test('any process reads a job by its id alone', async () => {
      const sender = app()
      const { id } = await divide.now(3, 2)
      await sender.close()
      await withWorker(app(), async () => {
        const reader = app()
        const job = await reader.job(id)
        assert.deepEqual([job.name, job.args, await job.result()], ['contract.divide', [3, 2], 1.5])
        await reader.close()
      })
    })

    for (const id of ['nonsense', '', '0123456789abcdef01234567', '00000000-0000-4000-8000-000000000000']) {
      test(`the unknown id '${id}' is an error that names it`, async () => {
        const here = app()
        await assert.rejects(here.job(id), (error: Error) => {
          assert.ok(error instanceof JobNotFoundError)
          assert.ok(error.message.includes(`'${id}'`))
          return true
        })
        await here.close()
      })
    }

    test('a job for later does not run before its time', async () => {
      await withWorker(app(), async () => {
        const due = Date.now() + 400
        const job = await divide.at(new Date(due), 1, 4)
        assert.equal(await job.result(), 0.25)
        assert.ok((job.startedAt?.getTime() ?? 0) >= due)
      })
    })

    test('a repeated task runs again and again under one id, and its interval can be changed', async () => {
      const here = app()
      const job = await record.every(60_000, 'slow')
      const changed = await record.every(200, 'quick')
      assert.equal(changed.id, job.id)
      await withWorker(here, async () => {
        await nextEvent(here, 'job.succeeded', job.id)
        await nextEvent(here, 'job.succeeded', job.id)
        await here.agenda.cancel({ name: 'contract.record' })
      })
      assert.ok(runs.filter((what) => what === 'quick').length >= 2)
      assert.ok(!runs.includes('slow'))
    })

    test('a revoked job never runs, and its result says so', async () => {
      const here = app()
      const job = await record.now('revoked')
      assert.equal(await job.revoke(), true)
      await withWorker(here, async () => {
        await (await nothing.now()).result()
        await assert.rejects(job.result(), JobRevokedError)
      })
      assert.ok(!runs.includes('revoked'))
    })

    test('a job that has started cannot be revoked any more', async () => {
      const here = app()
      const job = await wait.now('late')
      const started = nextEvent(here, 'job.started', job.id)
      await withWorker(here, async () => {
        await started
        assert.equal(await job.revoke(), false)
        open('late')
        assert.equal(await job.result(), 'late')
      })
    })

    test('waiting ends after the timeout, and the job goes on', async () => {
      const here = app()
      const job = await wait.now('slow')
      const started = nextEvent(here, 'job.started', job.id)
      await withWorker(here, async () => {
        await started
        await assert.rejects(job.result({ timeout: 50 }), ResultTimeoutError)
        open('slow')
        assert.equal(await job.result(), 'slow')
      })
    })

    test('waiting while no worker is alive is said once, and goes on', async () => {
      const here = app()
      const job = await divide.now(1, 8)
      const unattended = nextEvent(here, 'job.unattended', job.id)
      const result = job.result()
      assert.deepEqual(await unattended, { id: job.id, name: 'contract.divide' })
      await withWorker(here, async () => {
        assert.equal(await result, 0.125)
      })
    })

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
      const claimed = await lost.queue.store.repository.getNextJobToRun(job.name, soon, new Date(0), undefined, {})
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
      const stale = { kind: 'finish', claim: 'old', ending: { state: 'SUCCESS', result: 'stale' }, at } as const
      assert.equal(await results.apply(id, stale), false)
      assert.equal(await results.apply(id, { ...stale, claim: 'new', ending: { state: 'SUCCESS', result: 7 } }), true)
      assert.deepEqual(await results.find(id).then((found) => [found?.result, found?.worker]), [7, 'w2'])
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
      assert.ok(!(await later.queue.store.results.workers()).some((worker) => worker.id === here.queue.id))
      await later.close()
    })
  })
}
