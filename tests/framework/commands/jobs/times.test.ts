import assert from 'node:assert/strict'
import { test } from 'node:test'
import { latest, span } from '../../../../src/framework/commands/jobs/times'
import type { Job } from '../../../../src/framework/jobs'
import { appWith, withWorker } from '../../../support/jobs'
import { divide } from '../../../support/worker-program'

test('a span is told in its largest unit', () => {
  const spans = [-5, 0, 999, 1_000, 90_000, 3 * 3_600_000, 1_133 * 86_400_000]
  assert.deepEqual(spans.map(span), ['0s', '0s', '0s', '1s', '2m', '3h', '1133d'])
})

test('of a job that waits it is told when it is due, or that it is paused', async () => {
  const app = appWith({ divide })
  const [later, soon] = [await divide.in('5 minutes', 1, 2), await divide.now(1, 2)]
  const now = later.scheduledFor?.getTime() ?? 0
  const told = (job: Job<unknown>) => latest(job, now - 60_000)
  assert.deepEqual([told(later), latest(soon, now)], ['due in 1m', 'due now'])
  await later.pause()
  assert.equal(told(await later.refresh()), 'paused')
  await app.close()
})

test('of a job that repeats it is told when it is due again, and of any other when it ended', async () => {
  const app = appWith({ divide })
  await withWorker(app, async () => {
    const [once, daily] = [await divide.now(1, 2), await divide.every('1 day', 1, 2)]
    await Promise.all([once.result(), daily.result()])
    assert.match(latest(daily), /^due in (1d|24h)$/)
    assert.match(latest(once, Date.now() + 60_000), /^ended 1m ago$/)
  })
})

test('a revoked job is not due any more', async () => {
  const app = appWith({ divide })
  const job = await divide.in('5 minutes', 1, 2)
  await job.revoke()
  assert.deepEqual([job.scheduledFor, job.paused], [undefined, false])
  assert.doesNotMatch(latest(job), /due|paused/)
  await app.close()
})
