import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { appWith, nextEvent, untilState, withWorker } from '../../../../support/jobs'
import { Program } from '../../../../support/process'
import { type FreshDatabase, freshRedis, skipWithout } from '../../../../support/servers'
import { divide, slow } from '../../../../support/worker-program'

const options = { skip: skipWithout('redis') }
const program = 'tests/support/worker-program.ts'
let fresh: FreshDatabase
let settings: Record<string, string>

before(async () => {
  if (options.skip) return
  fresh = await freshRedis()
  settings = { AGENDA_URL: fresh.url, NODE_ENV: 'test' }
})

after(() => fresh?.drop())

test(
  'a job sent by another process starts without waiting for the next look',
  options,
  async () => {
    // The worker looks every minute; only being woken brings the job before that.
    await using worker = new Program(program, { ...settings, AGENDA_PROCESS_EVERY: '60000' })
    await worker.printed(/Ready/)
    const app = appWith({ divide, slow }, settings)
    assert.equal(await (await divide.now(9, 3)).result({ timeout: 10_000 }), 3)
    await app.close()
  },
)

test(
  'the job of a worker that was killed runs again within 4 s, with default settings',
  options,
  async () => {
    await using worker = new Program(program, settings)
    await worker.printed(/Ready/)
    const here = appWith({ divide, slow }, { ...settings, AGENDA_DEFAULT_LOCK_LIFETIME: 30_000 })
    const job = await slow.now(1_500)
    await untilState(job, 'STARTED')
    worker.signal('SIGKILL')
    await worker.exit()
    const began = performance.now()
    await withWorker(here, async () => {
      await nextEvent(here, 'job.started', job.id)
      assert.ok(performance.now() - began < 4_000)
      assert.equal(await job.result(), 'done')
      assert.equal(job.attempts, 2)
    })
  },
)
