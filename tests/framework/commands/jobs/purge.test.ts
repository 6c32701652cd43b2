import assert from 'node:assert/strict'
import { test } from 'node:test'
import { purge } from '../../../../src/framework/commands/jobs'
import { appWith, held, untilState, withWorker } from '../../../support/jobs'
import { divide, slow } from '../../../support/worker-program'

test('only the jobs of the task and state that are meant are removed', async () => {
  const app = appWith({ divide, slow })
  const [waiting, revoked, other] = [
    await divide.now(1, 2),
    await divide.now(1, 2),
    await slow.now(1),
  ]
  await revoked.revoke()
  const { json } = await purge(app.queue, { task: 'math.divide', state: 'REVOKED', yes: true })
  assert.deepEqual(json, { removed: 1 })
  await assert.rejects(revoked.refresh(), { name: 'JobNotFoundError' })
  const left = (await app.queue.list()).map(({ id }) => id)
  assert.deepEqual(left, [other.id, waiting.id])
  await app.close()
})

test('a job that runs is neither counted in the question nor removed', async () => {
  const app = appWith({ divide, held })
  await withWorker(app, async () => {
    const [running, done] = [await held.now(), await divide.now(1, 2)]
    await done.result()
    await untilState(running, 'STARTED')
    await assert.rejects(purge(app.queue, {}), { message: 'This removes 1 job for good.' })
    assert.deepEqual((await purge(app.queue, { yes: true })).json, { removed: 1 })
    assert.deepEqual((await purge(app.queue, { state: 'STARTED' })).json, { removed: 0 })
    assert.equal((await running.refresh()).state, 'STARTED')
    await running.revoke({ terminate: true })
  })
})
