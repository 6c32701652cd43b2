import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScheduleError } from '../../../src/framework/errors'
import { interval, milliseconds, moment } from '../../../src/framework/jobs/schedule'

const durations: [string | number, number][] = [
  [0, 0],
  [1500, 1500],
  ['100 ms', 100],
  ['5s', 5_000],
  ['1 min', 60_000],
  ['5 minutes', 300_000],
  ['2 days', 172_800_000],
  ['1.5 hours', 5_400_000],
]

for (const [written, expected] of durations) {
  test(`the duration ${JSON.stringify(written)} is ${expected} ms`, () => {
    assert.equal(milliseconds(written), expected)
  })
}

for (const wrong of [
  '',
  'soon',
  '100',
  '5 parsecs',
  '-5 minutes',
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
]) {
  test(`the duration ${JSON.stringify(wrong) ?? wrong} is refused, never guessed`, () => {
    assert.throws(() => milliseconds(wrong), ScheduleError)
  })
}

test('an interval may be a cron expression of five or six fields', () => {
  assert.equal(interval('0 3 * * *'), '0 3 * * *')
  assert.equal(interval('*/5 0 3 * * *'), '*/5 0 3 * * *')
})

test('an interval may be a duration', () => {
  assert.equal(interval('5 minutes'), 300_000)
})

for (const wrong of ['61 3 * * *', 'a b c d e', 'every day at noon please', 0, '0 s']) {
  test(`the interval ${JSON.stringify(wrong)} is refused`, () => {
    assert.throws(() => interval(wrong), ScheduleError)
  })
}

test('a moment must be a valid Date', () => {
  assert.throws(() => moment(new Date('nonsense')), ScheduleError)
  assert.throws(() => moment('tomorrow' as never), ScheduleError)
})
