import assert from 'node:assert/strict'
import { it } from 'node:test'
import { trial } from '../../support/trial'

it('work goes on by itself, with nothing lost, when the server of the jobs comes back', async () => {
  const each =
    /^blink: ((redis|mongodb|postgres)( skipped: .*|: away .*, 0 lost, \d+ sends refused)(; |$)){3}/
  const figures = await trial('blink')
  assert.match(figures, each)
  if (process.env.CI === 'true') assert.doesNotMatch(figures, /skipped/)
})
