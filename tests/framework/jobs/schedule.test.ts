import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScheduleError } from '../../../src/framework/errors'
import { following, interval, milliseconds, moment } from '../../../src/framework/jobs/schedule'

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
  1e300,
  '999999 years',
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

/** The runs of a cron expression after a moment, in UTC. */
function runsOf(cron: string, timezone: string, from: string, count: number): string[] {
  const runs: string[] = []
  let begun = new Date(from)
  for (let run = 0; run < count; run++) {
    const next = following({ repeatInterval: cron, repeatTimezone: timezone } as never, begun)
    assert.ok(next)
    runs.push(next.toISOString().slice(0, 16))
    begun = next
  }
  return runs
}

for (const [what, cron, timezone, from, expected] of [
  [
    'a daily time that the clocks skip is run once, an hour later',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-03-28T01:30:00Z',
    ['2026-03-29T01:30', '2026-03-30T00:30', '2026-03-31T00:30'],
  ],
  [
    'a daily time that comes twice is run once',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-10-24T00:30:00Z',
    ['2026-10-25T00:30', '2026-10-26T01:30', '2026-10-27T01:30'],
  ],
  [
    'each hour is run when an hour comes twice',
    '0 * * * *',
    'Europe/Berlin',
    '2026-10-24T23:00:00Z',
    ['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00'],
  ],
  [
    'no hour is run twice when one is skipped',
    '0 * * * *',
    'Europe/Berlin',
    '2026-03-29T00:00:00Z',
    ['2026-03-29T01:00', '2026-03-29T02:00', '2026-03-29T03:00'],
  ],
  [
    'office hours stay office hours over the change of the clocks',
    '0 9 * * 1-5',
    'America/New_York',
    '2026-03-06T14:00:00Z',
    ['2026-03-09T13:00', '2026-03-10T13:00'],
  ],
  [
    'two places have two midnights',
    '0 0 * * *',
    'Asia/Tokyo',
    '2026-01-01T00:00:00Z',
    ['2026-01-01T15:00', '2026-01-02T15:00'],
  ],
] as const) {
  test(what, () => {
    assert.deepEqual(runsOf(cron, timezone, from, expected.length), expected)
  })
}

test('slots that passed while nobody ran them are not made up for', () => {
  const job = { repeatInterval: 60_000 } as never
  const begun = new Date('2026-01-01T12:00:00Z')
  assert.deepEqual(following(job, begun), new Date('2026-01-01T12:01:00Z'))
})

test('a job that does not repeat has no next run', () => {
  assert.equal(following({} as never, new Date()), null)
})

test('a time zone that is none is refused', () => {
  assert.throws(() => interval('0 3 * * *', 'Europe/Atlantis'), ScheduleError)
})
