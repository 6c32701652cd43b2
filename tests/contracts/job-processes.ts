import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SettingValues } from '../../src/framework/config'
import { appWith, nextEvent, untilState, withWorker } from '../support/jobs'
import { Program } from '../support/process'
import { divide, slow, spin } from '../support/worker-program'

const usual = 30_000

/** Workers in processes of their own share jobs, wake each other, and may be killed. */
export function jobProcesses(settings: () => SettingValues): void {
  const app = (more: SettingValues = {}) =>
    appWith({ divide, slow, spin }, { ...settings(), ...more })
  const worker = (more: Record<string, string> = {}) =>
    new Program('tests/support/worker-program.ts', { ...asText(settings()), ...more })

  test('workers that open a store at the same moment share its jobs, each run once', async () => {
    const workers = [worker(), worker(), worker()]
    const here = app()
    try {
      await Promise.all(workers.map((each) => each.printed(/Ready/)))
      const jobs = await divide.nowMany(
        Array.from({ length: 300 }, (_, index): [number, number] => [index, 2]),
      )
      const results = await Promise.all(jobs.map((job) => job.result()))
      assert.deepEqual(
        results,
        jobs.map((_, index) => index / 2),
      )
      await Promise.all(jobs.map((job) => job.refresh()))
      assert.deepEqual(new Set(jobs.map((job) => job.attempts)), new Set([1]))
      assert.ok(new Set(jobs.map((job) => job.worker)).size > 1, 'one worker ran them all')
    } finally {
      await here.close()
      for (const each of workers) await each[Symbol.asyncDispose]()
    }
  })

  test('a job sent by another process starts without waiting for the next look', async () => {
    // The worker looks every minute; only being woken brings the job before that.
    await using patient = worker({ AGENDA_PROCESS_EVERY: '60000' })
    await patient.printed(/Ready/)
    const here = app()
    assert.equal(await (await divide.now(9, 3)).result({ timeout: 10_000 }), 3)
    await here.close()
  })

  test('a task that blocks the event loop for longer than its lock lives runs once', async () => {
    const shortLock = { AGENDA_DEFAULT_LOCK_LIFETIME: '2000' }
    await using first = worker(shortLock)
    await using second = worker(shortLock)
    await Promise.all([first.printed(/Ready/), second.printed(/Ready/)])
    const here = app()
    try {
      const job = await spin.now(5_000)
      assert.equal(await job.result({ timeout: usual }), 'done')
      await job.refresh()
      assert.deepEqual([job.state, job.attempts], ['SUCCESS', 1])
    } finally {
      await here.close()
    }
  })

  test('the job of a worker that was killed runs again long before its lock expires', async () => {
    await using killed = worker()
    await killed.printed(/Ready/)
    const here = app({ AGENDA_DEFAULT_LOCK_LIFETIME: usual })
    const job = await slow.now(1_500)
    await untilState(job, 'STARTED')
    killed.signal('SIGKILL')
    await killed.exit()
    const began = performance.now()
    await withWorker(here, async () => {
      await nextEvent(here, 'job.started', job.id)
      assert.ok(performance.now() - began < usual / 6)
      assert.equal(await job.result(), 'done')
      assert.equal(job.attempts, 2)
    })
  })
}

function asText(values: SettingValues): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]))
}
