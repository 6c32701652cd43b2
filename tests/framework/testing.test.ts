import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { Application } from '../../src/framework/application'
import { currentJob, task } from '../../src/framework/jobs'
import {
  assertEnqueued,
  assertNotEnqueued,
  drain,
  fakeClock,
  runInline,
} from '../../src/framework/testing'
import { appWith } from '../support/jobs'

const greeted: string[] = []
const greet = task('testing.greet', (name: string) => {
  greeted.push(name)
  return `hello ${name}`
})
const invite = task('testing.invite', async (names: string[]) => {
  for (const name of names) await greet.now(name)
})
const shaky = task(
  'testing.shaky',
  () => {
    if (currentJob()?.attempt === 1) throw new Error('not yet')
    return 'at last'
  },
  { retry: { times: 1, delay: '1 hour' } },
)
const heavy = task('testing.heavy', (n: number) => n * n, { isolate: true })

let app: Application
beforeEach(() => {
  greeted.length = 0
  app = appWith({ greet, invite, shaky, heavy })
})
afterEach(() => app.close())

test('inline, a job has ended when the call that sent it returns', async () => {
  runInline(app)
  const job = await greet.now('Ada')
  assert.deepEqual(greeted, ['Ada'])
  assert.equal(await job.result(), 'hello Ada')
})

test('inline, a job that is to be retried later is left waiting', async () => {
  runInline(app)
  const job = await shaky.now()
  assert.equal((await job.refresh()).state, 'RETRY')
})

test('drain runs what is due, and what that sends', async () => {
  await invite.now(['Ada', 'Grace'])
  const ran = await drain(app)
  assert.deepEqual(
    ran.map((job) => [job.name, job.state]),
    [
      ['testing.invite', 'SUCCESS'],
      ['testing.greet', 'SUCCESS'],
      ['testing.greet', 'SUCCESS'],
    ],
  )
  assert.deepEqual(greeted.toSorted(), ['Ada', 'Grace'])
})

test('drain leaves what is not due', async () => {
  await greet.in('1 day', 'later')
  assert.deepEqual(await drain(app), [])
})

test('drain runs isolated tasks without a thread', async () => {
  const job = await heavy.now(12)
  await drain(app)
  assert.equal(await job.result(), 144)
})

test('a job that waits is found by its arguments', async () => {
  await greet.now('Ada')
  await greet.in('1 day', 'Grace')
  const job = await assertEnqueued(app, greet, ['Grace'])
  assert.ok(Number(job.scheduledFor) > Date.now())
  await assertEnqueued(app, greet)
})

test('a job that does not wait is an error that lists those that do', async () => {
  await greet.now('Ada')
  await assert.rejects(assertEnqueued(app, greet, ['Grace']), {
    name: 'AssertionError',
    message: "Expected testing.greet('Grace') to wait, saw only:\n  testing.greet('Ada')",
  })
  await drain(app)
  await assert.rejects(assertEnqueued(app, greet), /saw no job of it/)
})

test('that no job waits can be expected as well', async () => {
  await assertNotEnqueued(app, greet)
  await greet.now('Ada')
  await assert.rejects(
    assertNotEnqueued(app, greet),
    /Expected that no job of testing\.greet waits/,
  )
})

test('with a fake clock, jobs become due when time is moved', async () => {
  const clock = fakeClock(new Date('2026-01-01T00:00:00Z'))
  try {
    await greet.in('1 day', 'Ada')
    clock.advance('23 hours')
    assert.equal((await drain(app)).length, 0)
    clock.advance('1 hour')
    assert.equal((await drain(app)).length, 1)
  } finally {
    clock.restore()
  }
})

test('with a fake clock, a retry comes without waiting for it', async () => {
  const clock = fakeClock()
  try {
    const job = await shaky.now()
    await drain(app)
    assert.equal((await job.refresh()).state, 'RETRY')
    clock.advance('1 hour')
    await drain(app)
    assert.equal(await job.result(), 'at last')
  } finally {
    clock.restore()
  }
})

test('with a fake clock, a repetition runs once in each slot', async () => {
  const clock = fakeClock(new Date('2026-01-01T00:00:00Z'))
  try {
    await greet.every('0 3 * * *', 'daily')
    for (let day = 0; day < 3; day++) {
      clock.advance('1 day')
      await drain(app)
    }
    assert.deepEqual(greeted, ['daily', 'daily', 'daily'])
  } finally {
    clock.restore()
  }
})
