import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { trial } from '../../support/trial'

describe('when many processes use one store', () => {
  it('no error reaches anyone, nothing is lost, and no lock keeps an event loop', async () => {
    const figures = /^busy: \d+ jobs .*: 0 errors, 0 lost; \d+ lock waits .* longest [\d.]+ ms; /
    assert.match(await trial('busy'), figures)
  })

  it('those that send the same unique job at once make one', async () => {
    assert.match(await trial('unique'), /, 5 keys: at most 1 row and 1 id of a key$/)
  })
})
