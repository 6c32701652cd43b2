import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { task } from '../../../../../src/framework/jobs'
import { hasEnded, sweep, take } from '../../../../../src/framework/jobs/backends/sqlite/lock-file'
import { loadsTypeScript } from '../../../../../src/framework/thread'
import { appWith, withWorker } from '../../../../support/jobs'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-guard-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a file that somebody has locked says that he lives, and outlives a sweep', () => {
  const own = join(folder, 'jobs.sqlite3-worker-a')
  const lock = take(own)
  assert.equal(hasEnded(own), false)
  sweep(join(folder, 'jobs.sqlite3'), join(folder, 'jobs.sqlite3-worker-b'))
  assert.ok(existsSync(own))
  lock.close()
  assert.equal(hasEnded(own), true)
  assert.ok(!existsSync(own))
})

test('workers that lock and sweep at the same moment keep their files', async () => {
  const program = join(folder, 'program.ts')
  const lockFile = require.resolve('../../../../../src/framework/jobs/backends/sqlite/lock-file')
  writeFileSync(
    program,
    `const { existsSync } = require('node:fs')
    const { sweep, take } = require(${JSON.stringify(lockFile)})
    const [, , folder, name] = process.argv
    let lost = 0
    for (let round = 0; round < 150; round++) {
      const own = \`\${folder}/jobs.sqlite3-worker-\${name}-\${round}\`
      const lock = take(own)
      sweep(\`\${folder}/jobs.sqlite3\`, own)
      if (!existsSync(own)) lost++
      lock.close()
    }
    process.send(lost)`,
  )
  const options = { execArgv: loadsTypeScript }
  const processes = ['a', 'b', 'c'].map((name) => fork(program, [folder, name], options))
  const told = await Promise.all(processes.map((child) => once(child, 'message')))
  assert.deepEqual(
    told.flatMap(([lost]) => lost),
    [0, 0, 0],
  )
})

const greet = task('guard.greet', (name: string) => name, {
  unique: { key: (name) => name, for: '1 day' },
})
const tick = task('guard.tick', () => 'tick')
const tasks = { greet, tick }

test('a listener of the changes that throws keeps nobody from writing', async () => {
  const app = appWith(tasks)
  await app.queue.open()
  const stop = app.queue.follow(() => {
    throw new Error('a listener, as it should be reported here')
  })
  await tick.now()
  stop()
  assert.ok((await tick.now()).id)
  await app.close()
})

test('a unique job that was removed is sent anew', async () => {
  const app = appWith(tasks)
  const first = await greet.now('Ada')
  assert.equal((await greet.now('Ada')).id, first.id)
  await app.queue.purge({})
  assert.notEqual((await greet.now('Ada')).id, first.id)
  await app.close()
})

test('a job that waits and is paused is not retried, and stays paused', async () => {
  const app = appWith(tasks)
  const job = await tick.in('1 hour')
  await job.pause()
  assert.equal(await job.retry(), false)
  assert.equal(job.paused, true)
  await app.close()
})

test('a repetition in words that only Agenda knows holds up no other job', async () => {
  const app = appWith(tasks)
  await withWorker(app, async () => {
    await app.agenda.every('one minute', greet.taskName, { args: ['x'], sentAt: '' })
    assert.equal(await (await tick.in(50)).result({ timeout: 5_000 }), 'tick')
  })
})

test('a worker that is started twice is one worker', async () => {
  const app = appWith(tasks)
  await withWorker(app, async (worker) => {
    await worker.start()
    assert.equal((await app.queue.workers()).length, 1)
  })
})
