import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { trial } from '../../support/trial'

// These mostly wait, so they need not wait for each other.
describe('when a worker stands still or stops', { concurrency: true }, () => {
  it('what it ends after its lock has expired is refused', async () => {
    const figures =
      /: 2 late finishes refused, 2 results of the new owner, 2 finishes accepted, 0 still locked$/
    assert.match(await trial('zombie'), figures)
  })

  it('a task that blocks the event loop past its lock keeps its lock', async () => {
    assert.match(await trial('busyloop'), /, 2 workers: 1 run, SUCCESS$/)
  })

  it('running jobs end in time, queued ones stay, and a second signal puts all back', async () => {
    const figures =
      /^shutdown: SIGTERM: exit 0 after \d+ ms, 20 done, 100 pending, 0 locked, 0 run again; twice: exit 143, 120 pending, 0 locked$/
    assert.match(await trial('shutdown'), figures)
  })
})
