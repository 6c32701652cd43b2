import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import Database from 'better-sqlite3'
import { task } from '../../../../../src/framework/jobs'
import { Guard } from '../../../../../src/framework/jobs/backends/sqlite/guard'
import { hasEnded, sweep, take } from '../../../../../src/framework/jobs/backends/sqlite/lock-file'
import { SqliteStore } from '../../../../../src/framework/jobs/backends/sqlite/store'
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
  const told = await Promise.all(
    processes.map((child) => Promise.race([once(child, 'message'), once(child, 'exit')])),
  )
  assert.deepEqual(
    told.flatMap(([lost]) => lost),
    [0, 0, 0],
  )
})

test('a job that ends while it is taken over has ended', async () => {
  const path = join(folder, 'jobs.sqlite3')
  const store = new SqliteStore(path)
  await store.open()
  const due = { name: 't', data: { args: [], sentAt: '' }, nextRunAt: new Date(0), priority: 0 }
  await store.add([{ id: store.newId(), ...due }])
  const tasks = new Map([['t', 1]])
  const [job] = await store.claim({ tasks, total: 1, worker: 'slow', following: () => null })
  const id = String(job?._id)
  const [own, other] = [new Database(path), new Database(path)]
  const worker = { id: 'rescuer', host: '', pid: 0, concurrency: 1, startedAt: 0 }
  const limits = { lockLifetime: 1_000, maxCrashes: 3, resultExpires: 60_000, lost: '{}' }
  const guard = new Guard(own, { path, worker, ...limits }, () => false)
  guard.look()
  const transaction = own.transaction.bind(own)
  own.transaction = ((work: () => unknown) => ({
    immediate: () => {
      other.exec(
        `update jobs set locked_at = null, worker = null, next_run_at = null, state = 'SUCCESS'`,
      )
      other.exec(`update results set state = 'SUCCESS'`)
      return transaction(work).immediate()
    },
  })) as never
  other.exec('update jobs set locked_at = 0')
  assert.deepEqual(guard.look(), [])
  assert.equal((await store.results.find(id))?.state, 'SUCCESS')
  own.close()
  other.close()
  await store.close()
})

const tick = task('guard.tick', () => 'tick')
const tasks = { tick }

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

test('a worker that is started twice is one worker', async () => {
  const app = appWith(tasks)
  await withWorker(app, async (worker) => {
    await worker.start()
    assert.equal((await app.queue.workers()).length, 1)
  })
})
