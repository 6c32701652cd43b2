import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { trial } from '../../support/trial'

describe('when workers are killed', () => {
  it('no job is lost, ended twice, run by two at a time or kept locked', async () => {
    const figures =
      /^kill9: 300 jobs, 3 workers, 10 kills, \d+ s: 0 lost, 0 finished twice, 0 overlapping claims, 0 still locked; \d+ run again, \d+ of them after their last line \(CHAOS_SEED=\d+\)$/
    assert.match(await trial('kill9'), figures)
  })

  it('their jobs run again within two seconds', async () => {
    const figures = /^rescue: 5 kills, .* median \d+ ms, longest (\d+) ms$/
    const [, longest] = figures.exec(await trial('rescue')) ?? []
    assert.ok(Number(longest) <= 2_000, `the longest rescue took ${longest} ms`)
  })

  it('a task that kills them is given up after three times, and only that', async () => {
    const figures =
      /^poison: began [123] times, then FAILURE with WorkerLostError; of 40 others 40 are done, 0 still locked$/
    assert.match(await trial('poison'), figures)
  })
})
