import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { appWith } from '../../../../support/jobs'
import { Program } from '../../../../support/process'
import { divide, slow } from '../../../../support/worker-program'

let folder: string
let settings: Record<string, string>

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-processes-'))
  settings = { AGENDA_URL: `sqlite:${folder}/jobs.sqlite3`, NODE_ENV: 'test' }
})

after(() => rm(folder, { recursive: true }))

test('four workers that open a new file at the same moment share its jobs, each run once', async () => {
  const workers = [1, 2, 3, 4].map(() => new Program('tests/support/worker-program.ts', settings))
  try {
    await Promise.all(workers.map((worker) => worker.printed(/Ready/)))
    const app = appWith({ divide, slow }, settings)
    const jobs = await Promise.all(Array.from({ length: 400 }, (_, index) => divide.now(index, 2)))
    const results = await Promise.all(jobs.map((job) => job.result()))
    assert.deepEqual(
      results,
      jobs.map((_, index) => index / 2),
    )
    const attempts = await Promise.all(jobs.map(async (job) => (await job.refresh()).attempts))
    assert.deepEqual(new Set(attempts), new Set([1]))
    await app.close()
  } finally {
    for (const worker of workers) await worker[Symbol.asyncDispose]()
  }
})

test('a job sent by another process starts without waiting for the next look', async () => {
  // The worker looks every minute; only being woken brings the job before that.
  const patient = { ...settings, AGENDA_PROCESS_EVERY: '60000' }
  await using worker = new Program('tests/support/worker-program.ts', patient)
  await worker.printed(/Ready/)
  const app = appWith({ divide, slow }, settings)
  assert.equal(await (await divide.now(9, 3)).result({ timeout: 10_000 }), 3)
  await app.close()
})
