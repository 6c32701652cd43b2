import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createApp } from '../../../src/app'
import type { Application } from '../../../src/framework/application'
import { Program } from '../../support/process'

let folder: string
let settings: Record<string, string>
let app: Application

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-processes-'))
  const AGENDA_URL = `sqlite:${folder}/jobs.sqlite3`
  settings = { AGENDA_URL, DATABASE_URL: `sqlite:${folder}/db.sqlite3`, NODE_ENV: 'development' }
  app = createApp(settings)
  await app.ready()
})

after(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

async function start(): Promise<Program> {
  const program = new Program('src/worker.ts', settings, ['--processes', '2'])
  await program.printed(/2 worker processes are ready/)
  return program
}

test('several processes run jobs, under one banner, and end together', async () => {
  await using program = await start()
  assert.equal((await app.queue.store.workers()).length, 2)
  assert.equal(program.output.match(/\[config\]/g)?.length, 1)
  program.signal('SIGTERM')
  assert.equal(await program.exit(), 0)
  assert.deepEqual(await app.queue.store.workers(), [])
})

test('a process that is killed is replaced, and says so', async () => {
  await using program = await start()
  const [victim] = await app.queue.store.workers()
  assert.ok(victim)
  process.kill(victim.pid, 'SIGKILL')
  await program.printed(/was ended by SIGKILL; another takes its place/)
  for (;;) {
    const workers = await app.queue.store.workers()
    const ids = workers.map((worker) => worker.id)
    if (workers.length === 2 && !ids.includes(victim.id)) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  program.signal('SIGTERM')
  assert.equal(await program.exit(), 0)
})

test('when their parent is killed they end by themselves', async () => {
  await using program = await start()
  program.signal('SIGKILL')
  await program.exit()
  while ((await app.queue.store.workers()).length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
})

test('a second signal puts the running job back at once', async () => {
  await using program = await start()
  const job = await app.tasks.divide?.now(...([1, 2] as never[]))
  await program.printed(/received/)
  program.signal('SIGTERM')
  await program.printed(/Stopping all/)
  await new Promise((resolve) => setTimeout(resolve, 300))
  program.signal('SIGTERM')
  assert.equal(await program.exit(), 143)
  assert.equal((await job?.refresh())?.state, 'PENDING')
})

test('a number of processes that is none is refused', async () => {
  await using program = new Program('src/worker.ts', settings, ['--processes', '0'])
  assert.equal(await program.exit(), 1)
  assert.match(program.output, /Expected a number from 1 to 999/)
})
