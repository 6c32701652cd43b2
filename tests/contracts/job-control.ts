import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Change, currentJob, task } from '../../src/framework/jobs'
import { nextEvent, untilState, withWorker } from '../support/jobs'
import { type MakeApp, open, record, runs, wait } from './tasks'

/** Fails as often as it is told, then brings its number of runs. */
export const flaky = task(
  'contract.flaky',
  (failures: number) => {
    const attempt = currentJob()?.attempt ?? 0
    if (attempt <= failures) throw new TypeError(`run ${attempt}`)
    return attempt
  },
  { retry: { times: 2, delay: 20 } },
)
export const picky = task(
  'contract.picky',
  (kind: string) => {
    throw kind === 'type' ? new TypeError(kind) : new RangeError(kind)
  },
  { retry: { times: 1, delay: 20, on: [TypeError] } },
)
export const again = task('contract.again', () => {
  const job = currentJob()
  if (job?.attempt === 1) job.retry({ in: 30 })
  return job?.attempt
})
export const heedful = task('contract.heedful', async () => {
  const signal = currentJob()?.signal
  await new Promise((resolve) => signal?.addEventListener('abort', resolve))
  runs.push(`heedful: ${(signal?.reason as Error | undefined)?.name}`)
})
export const telling = task('contract.telling', async () => {
  await currentJob()?.progress(25)
  await currentJob()?.progress(75)
})
export const single = task('contract.single', (what: string) => what, { unique: true })
export const daily = task('contract.daily', (user: number, text: string) => `${user} ${text}`, {
  unique: { key: (user) => user, for: '1 day' },
})
export const urgent = task(
  'contract.urgent',
  (what: string) => {
    runs.push(what)
  },
  { concurrency: 1 },
)
export const controlTasks = { flaky, picky, again, heedful, telling, single, daily, urgent }

/** What can be asked of jobs, the same on every store. */
export function jobControl(app: MakeApp): void {
  test('a job whose task fails runs again, under the same id, until it succeeds', async () => {
    await withWorker(app(), async () => {
      const job = await flaky.now(2)
      assert.equal(await job.result(), 3)
      assert.equal(job.attempts, 3)
    })
  })

  test('a job that waits for its retry stands in RETRY, with the error and the time', async () => {
    const here = app()
    const retried = nextEvent(here, 'job.retried')
    await withWorker(here, async () => {
      const job = await again.now()
      await retried
      await job.refresh()
      if (job.state === 'RETRY') {
        assert.match(job.error?.message ?? '', /asked for another run/)
        assert.ok(Number(job.scheduledFor) > 0)
      }
      assert.equal(await job.result(), 2)
    })
  })

  test('a job fails for good when no retry is left', async () => {
    await withWorker(app(), async () => {
      const job = await flaky.now(9)
      await assert.rejects(job.result(), { name: 'TypeError', message: 'run 3' })
    })
  })

  test('only errors of the given classes are retried', async () => {
    await withWorker(app(), async () => {
      const [worth, other] = [await picky.now('type'), await picky.now('range')]
      await assert.rejects(worth.result(), TypeError)
      await assert.rejects(other.result(), RangeError)
      assert.deepEqual([worth.attempts, other.attempts], [2, 1])
    })
  })

  test('a running job that is revoked with terminate is told, and its result is not kept', async () => {
    const here = app()
    await withWorker(here, async () => {
      const job = await heedful.now()
      await untilState(job, 'STARTED')
      assert.equal(await job.revoke({ terminate: true }), true)
      await assert.rejects(job.result(), { name: 'JobRevokedError' })
      assert.ok(runs.includes('heedful: JobRevokedError'))
    })
  })

  test('a revocation made while no worker runs holds when one starts', async () => {
    const sender = app()
    const { id } = await record.now('revoked in the dark')
    await (await sender.job(id)).revoke({ terminate: true })
    await sender.close()
    const here = app()
    await withWorker(here, async () => {
      await (await flaky.now(0)).result()
      await assert.rejects((await here.job(id)).result(), { name: 'JobRevokedError' })
    })
    assert.ok(!runs.includes('revoked in the dark'))
  })

  test('of the jobs that are due the one with the highest priority runs first', async () => {
    const here = app({ AGENDA_MAX_CONCURRENCY: 1 })
    await urgent.with({ priority: 'low' }).now('low')
    await urgent.now('normal')
    await urgent.with({ priority: 'high' }).now('high')
    const last = await urgent.with({ priority: -30 }).now('last')
    await withWorker(here, async () => {
      await last.result()
    })
    const order = ['high', 'normal', 'low', 'last']
    assert.deepEqual(
      runs.filter((what) => order.includes(String(what))),
      order,
    )
  })

  test('a unique job that is sent again while it waits is the same job', async () => {
    const here = app()
    const [first, second] = [await single.now('a'), await single.now('a')]
    const other = await single.now('b')
    assert.equal(first.id, second.id)
    assert.notEqual(first.id, other.id)
    await withWorker(here, async () => {
      await Promise.all([first.result(), other.result()])
      // A result that lives apart is there a moment before the job itself has ended.
      while (here.queue.runner.size > 0) await sleep(10)
      const later = await single.now('a')
      assert.notEqual(later.id, first.id)
      await later.result()
    })
  })

  test('a unique job with a time of its own is not sent again within it, even when it has ended', async () => {
    await withWorker(app(), async () => {
      const first = await daily.now(7, 'hello')
      assert.equal(await first.result(), '7 hello')
      const second = await daily.now(7, 'other words')
      assert.equal(second.id, first.id)
      assert.equal(await second.result(), '7 hello')
    })
  })

  test('a unique job that was removed is sent anew, whatever its time', async () => {
    const here = app()
    const first = await daily.now(8, 'hello')
    assert.equal((await daily.now(8, 'hello')).id, first.id)
    await here.queue.purge({ name: daily.taskName })
    const second = await daily.now(8, 'hello')
    assert.notEqual(second.id, first.id)
    await here.close()
  })

  test('a job that waits and is paused is not run again, and stays paused', async () => {
    const here = app()
    const job = await flaky.in('1 hour', 0)
    await job.pause()
    assert.equal(await job.retry(), false)
    assert.equal(job.paused, true)
    await job.revoke()
    await here.close()
  })

  test('of racing senders of a unique job one stores it', async () => {
    const apps = [app(), app(), app()]
    const sent = apps.flatMap((here) =>
      Array.from({ length: 5 }, () => here.run(() => single.now('race'))),
    )
    const jobs = await Promise.all(sent)
    assert.equal(new Set(jobs.map((job) => job.id)).size, 1)
    await jobs[0]?.revoke()
    for (const here of apps) await here.close()
  })

  test('a task says how far it is, and its handle knows', async () => {
    await withWorker(app(), async () => {
      const job = await telling.now()
      await job.result()
      assert.equal(job.progress, 75)
    })
  })

  test('many jobs are sent at once, and each brings its own result', async () => {
    await withWorker(app(), async () => {
      const jobs = await flaky.nowMany(Array.from({ length: 50 }, () => [0]))
      assert.equal(new Set(jobs.map((job) => job.id)).size, 50)
      const results = await Promise.all(jobs.map((job) => job.result()))
      assert.deepEqual(new Set(results), new Set([1]))
    })
  })

  test('a list tells of each job how it ended, with its result', async () => {
    const here = app()
    await withWorker(here, async () => {
      const job = await flaky.now(0)
      assert.equal(await job.result(), 1)
      const listed = await here.queue.list({ name: flaky.taskName, state: 'SUCCESS' })
      assert.equal(listed.find(({ id }) => id === job.id)?.value, 1)
    })
  })

  test('every change of a job is told to any process, in order', async () => {
    const [here, listener] = [app(), app()]
    await listener.ready()
    const changes: Change[] = []
    const ended = new Promise<void>((resolve) => {
      listener.queue.follow((change) => {
        changes.push(change)
        if (change.kind === 'succeeded' && change.name === again.taskName) resolve()
      })
    })
    await withWorker(here, async () => {
      const job = await again.now()
      await job.result()
      await ended
      const kinds = changes.filter((change) => change.id === job.id).map((change) => change.kind)
      assert.deepEqual(kinds, ['sent', 'started', 'retried', 'started', 'succeeded'])
    })
    await listener.close()
  })

  test('an ended job can be run again, under the same id', async () => {
    const here = app()
    await withWorker(here, async () => {
      const job = await picky.now('range')
      await assert.rejects(job.result())
      assert.equal(await here.queue.store.rerun(job.id, new Date()), true)
      await nextEvent(here, 'job.failed', job.id)
      assert.equal((await job.refresh()).attempts, 2)
    })
  })

  test('a job that waits or runs is not run again', async () => {
    const here = app()
    const job = await wait.now('not twice')
    assert.equal(await here.queue.store.rerun(job.id, new Date()), false)
    await withWorker(here, async () => {
      await untilState(job, 'STARTED')
      assert.equal(await here.queue.store.rerun(job.id, new Date()), false)
      open('not twice')
      await job.result()
    })
  })
}
