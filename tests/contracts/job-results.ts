import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ApplicationClosedError,
  JobNotFoundError,
  JobRevokedError,
  ResultTimeoutError,
  ScheduleError,
} from '../../src/framework/errors'
import { nextEvent, withWorker } from '../support/jobs'
import { divide, fail, type MakeApp, nextDay, nothing, open, record, runs, wait } from './tasks'

/** What is sent arrives: values, errors, times and states, whoever asks. */
export function jobResults(app: MakeApp): void {
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
        assert.match(error.stack ?? '', /tasks\.ts:\d+/)
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

  for (const id of [
    'nonsense',
    '',
    '0123456789abcdef01234567',
    '00000000-0000-4000-8000-000000000000',
  ]) {
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

  test('a job for soon runs at its time, not at the next look', async () => {
    await withWorker(app({ AGENDA_PROCESS_EVERY: 4_000 }), async () => {
      const jobs = await Promise.all([100, 200, 300].map((delay) => divide.in(delay, 1, 2)))
      for (const job of jobs) assert.equal(await job.result({ timeout: 3_000 }), 0.5)
    })
  })

  test('a waiting caller is told when its application closes', async () => {
    const here = app()
    const job = await divide.at(new Date(Date.now() + 60_000), 1, 2)
    const refused = assert.rejects(job.result(), ApplicationClosedError)
    await here.close()
    await refused
    await assert.rejects(job.refresh(), ApplicationClosedError)
  })

  test('a timeout that is no duration is refused', async () => {
    const here = app()
    const job = await divide.at(new Date(Date.now() + 60_000), 1, 2)
    await assert.rejects(job.result({ timeout: Number.NaN }), ScheduleError)
    await here.close()
  })
}
