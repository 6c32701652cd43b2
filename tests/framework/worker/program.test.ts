import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Application } from '../../../src/framework/application'
import { appWith, untilState } from '../../support/jobs'
import { Program } from '../../support/process'
import { divide, slow } from '../../support/worker-program'

let folder: string
let settings: Record<string, string>
let app: Application

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-worker-'))
  settings = { AGENDA_URL: `sqlite:${folder}/jobs.sqlite3`, NODE_ENV: 'test' }
  app = appWith({ divide, slow }, settings)
})

after(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

async function startWorker(): Promise<Program> {
  const worker = new Program('tests/support/worker-program.ts', settings)
  await worker.printed(/Ready\./)
  return worker
}

test('the worker says who it is, what it uses, and which tasks it runs', async () => {
  await using worker = await startWorker()
  const expected = `atelier 0.1.0 worker

[config]
.> application: atelier (test)
.> job store:   sqlite:FOLDER/jobs.sqlite3
.> results:     sqlite:FOLDER/jobs.sqlite3
.> concurrency: 20 (5 of one task)

[tasks]
  . math.divide(x, y)
  . time.slow(ms)
`
  assert.ok(worker.output.replaceAll(folder, 'FOLDER').startsWith(expected), worker.output)
})

test('a job from another process is received, run, and its value printed', async () => {
  await using worker = await startWorker()
  const job = await divide.now(1, 2)
  assert.equal(await job.result(), 0.5)
  await worker.printed(new RegExp(`INFO/Worker\\] Task math.divide\\[${job.id}\\] received\n`))
  await worker.printed(
    new RegExp(`Task math.divide\\[${job.id}\\] succeeded in 0\\.\\d{3}s: 0\\.5\n`),
  )
})

test('a task that throws is printed with the stack at the line of its .ts file', async () => {
  await using worker = await startWorker()
  const job = await divide.now(1, 0)
  await assert.rejects(job.result(), RangeError)
  const raised = `ERROR/Worker\\] Task math.divide\\[${job.id}\\] raised RangeError: division by zero\n`
  await worker.printed(
    new RegExp(`${raised}RangeError: division by zero\n +at .*worker-program\\.ts:\\d+:`),
  )
})

test('the first Ctrl-C lets the running job finish, takes no other, and exits with 0', async () => {
  await using worker = await startWorker()
  const running = await slow.now(700)
  await worker.printed(new RegExp(`${running.id}\\] received`))
  worker.signal('SIGINT')
  await worker.printed(/Stopping: waiting for 1 job\./)
  const later = await slow.now(1)
  assert.equal(await worker.exit(), 0)
  assert.equal(await running.result(), 'done')
  assert.equal((await later.refresh()).state, 'PENDING')
  await later.revoke()
})

test('the second Ctrl-C puts the running job back for the next worker, and none is lost', async () => {
  const first = await startWorker()
  const job = await slow.now(2_000)
  await first.printed(new RegExp(`${job.id}\\] received`))
  first.signal('SIGINT')
  await first.printed(/Stopping/)
  // Two signals within 200 ms count as one key press.
  await new Promise((resolve) => setTimeout(resolve, 300))
  first.signal('SIGINT')
  assert.equal(await first.exit(), 130)
  assert.match(first.output, new RegExp(`Task time.slow\\[${job.id}\\] put back`))
  assert.equal((await job.refresh()).state, 'PENDING')
  await using _second = await startWorker()
  assert.equal(await job.result(), 'done')
  assert.equal(job.attempts, 2)
})

test('SIGTERM ends an idle worker with exit code 0', async () => {
  await using worker = await startWorker()
  worker.signal('SIGTERM')
  assert.equal(await worker.exit(), 0)
})

test('a job whose worker was killed runs again in the next worker', async () => {
  const killed = await startWorker()
  const job = await slow.now(500)
  await untilState(job, 'STARTED')
  killed.signal('SIGKILL')
  await killed.exit()
  await using _next = await startWorker()
  assert.equal(await job.result(), 'done')
  assert.equal(job.attempts, 2)
})

test('a job store that cannot be opened is one paragraph, and exit code 1', async () => {
  const missing = { ...settings, AGENDA_URL: `sqlite:${folder}/none/jobs.sqlite3` }
  const worker = new Program('tests/support/worker-program.ts', missing)
  assert.equal(await worker.exit(), 1)
  const path = `${folder}/none/jobs.sqlite3`
  const folderName = `the folder ${folder}/none does not exist`
  const sentence = `The job store sqlite:${path} cannot be used: ${folderName}. `
  assert.equal(worker.output, `${sentence}Create the folder, or correct the path.\n`)
})
