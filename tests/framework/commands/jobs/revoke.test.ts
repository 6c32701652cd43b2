import assert from 'node:assert/strict'
import { test } from 'node:test'
import { revoke } from '../../../../src/framework/commands/jobs'
import { JobNotFoundError, NotConfirmedError } from '../../../../src/framework/errors'
import { appWith, held, untilState, withWorker } from '../../../support/jobs'
import { slow } from '../../../support/worker-program'

const wide = Number.POSITIVE_INFINITY

test('jobs that wait are revoked without a question', async () => {
  const app = appWith({ held, slow })
  const [first, second] = [await slow.now(1), await slow.now(2)]
  const answer = await revoke(app.queue, [first.id, second.id, first.id], {})
  const lines = [first, second].map(({ id }) => `time.slow[${id}] revoked`)
  assert.deepEqual([answer.text(wide), answer.refused], [lines.join('\n'), false])
  assert.equal((await second.refresh()).state, 'REVOKED')
  await app.close()
})

test('with an id that does not exist none is revoked', async () => {
  const app = appWith({ held, slow })
  const job = await slow.now(1)
  await assert.rejects(revoke(app.queue, [job.id, 'nobody'], {}), JobNotFoundError)
  assert.equal((await job.refresh()).state, 'PENDING')
  await app.close()
})

test('one that runs is left, and it is said what would stop it', async () => {
  const app = appWith({ held, slow })
  await withWorker(app, async () => {
    const job = await held.now()
    await untilState(job, 'STARTED')
    const answer = await revoke(app.queue, [job.id], {})
    const why = 'left as it is, STARTED: --terminate would stop it'
    assert.deepEqual([answer.text(wide), answer.refused], [`tested.held[${job.id}] ${why}`, true])
    await job.revoke({ terminate: true })
  })
})

test('with terminate somebody must agree, then it is stopped', async () => {
  const app = appWith({ held, slow })
  await withWorker(app, async () => {
    const job = await held.now()
    await untilState(job, 'STARTED')
    await assert.rejects(revoke(app.queue, [job.id], { terminate: true }), NotConfirmedError)
    assert.equal((await job.refresh()).state, 'STARTED')
    await revoke(app.queue, [job.id], { terminate: true, yes: true })
    await assert.rejects(job.result(), { name: 'JobRevokedError' })
  })
})
