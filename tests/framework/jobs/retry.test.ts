import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TaskOptionsError } from '../../../src/framework/errors'
import { type RetryOptions, task } from '../../../src/framework/jobs'
import { RetryWish } from '../../../src/framework/jobs/context'
import { retryDelay } from '../../../src/framework/jobs/retry'

const error = new TypeError('no')

function delays(retry: number | RetryOptions, thrown: Error = error): (number | undefined)[] {
  const { definition } = task('retry.task', () => {}, { retry })
  return [0, 1, 2, 3].map((retries) => retryDelay(definition, thrown, retries, 1))
}

test('without retry options an error is final', () => {
  const { definition } = task('retry.never', () => {})
  assert.equal(retryDelay(definition, error, 0), undefined)
})

test('pauses double from one second on, as often as is said', () => {
  assert.deepEqual(delays(3), [1_000, 2_000, 4_000, undefined])
})

test('delay, factor and longest shape the pauses', () => {
  const pauses = delays({ times: 4, delay: '10 s', factor: 3, longest: '1 minute' })
  assert.deepEqual(pauses, [10_000, 30_000, 60_000, 60_000])
})

test('jitter keeps half of the pause and makes the other half random', () => {
  const { definition } = task('retry.jitter', () => {}, { retry: { times: 1, delay: 1_000 } })
  assert.equal(retryDelay(definition, error, 0, 0), 500)
  assert.equal(retryDelay(definition, error, 0, 0.5), 750)
})

test('without jitter the pause is exact', () => {
  const options = { retry: { times: 1, delay: 1_000, jitter: false } }
  const { definition } = task('retry.exact', () => {}, options)
  assert.equal(retryDelay(definition, error, 0, 0), 1_000)
})

test('errors of other classes than those given are final', () => {
  assert.deepEqual(delays({ times: 3, on: [RangeError] }), Array(4).fill(undefined))
  assert.deepEqual(delays({ times: 1, on: [TypeError] })[0], 1_000)
})

test('a retry that the task asks for itself takes its own pause, and counts', () => {
  const wish = new RetryWish({ in: '5 s' })
  assert.deepEqual(delays(1, wish), [5_000, undefined, undefined, undefined])
})

test('a task without retry options may ask for three retries', () => {
  const { definition } = task('retry.asks', () => {})
  const asked = [0, 1, 2, 3].map((retries) => retryDelay(definition, new RetryWish(), retries, 1))
  assert.deepEqual(asked, [1_000, 2_000, 4_000, undefined])
})

for (const [what, options] of [
  ['a negative number of retries', { retry: -1 }],
  ['a factor that shortens the pauses', { retry: { times: 1, factor: 0.5 } }],
  ['no concurrency', { concurrency: 0 }],
  ['a fraction as priority', { priority: 0.5 }],
  ['a soft limit that is longer than the hard one', { softTimeLimit: 200, timeLimit: 100 }],
  ['a time limit without isolation', { timeLimit: 100, isolate: false }],
] as const) {
  test(`${what} is refused when the task is declared`, () => {
    assert.throws(() => task('retry.wrong', () => {}, options), TaskOptionsError)
  })
}
