import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { Agenda, backoffStrategies, type Job } from 'agenda'
import type { Application } from '../../../../../src/framework/application'
import { appWith } from '../../../../support/jobs'

let folder: string
let apps: Application[]
let agendas: Agenda[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-agenda-'))
  apps = []
  agendas = []
})

afterEach(async () => {
  await Promise.all(agendas.map((agenda) => agenda.stop()))
  await Promise.all(apps.map((app) => app.close()))
  rmSync(folder, { recursive: true })
})

/** An application, as another process of the same job store would have it. */
function application(): Application {
  const app = appWith({}, { AGENDA_URL: `sqlite:${folder}/jobs.sqlite3` })
  apps.push(app)
  return app
}

/** An Agenda of one's own on the job store of an application. */
function agendaOf(app: Application, name: string, more: object = {}): Agenda {
  const { backend } = app.queue
  // Its timers keep a process alive for half a lock's lifetime.
  const agenda = new Agenda({
    name,
    backend,
    processEvery: 100,
    defaultLockLifetime: 1_000,
    ...more,
  })
  agendas.push(agenda)
  return agenda
}

function define(
  agenda: Agenda,
  name: string,
  run: (job: Job) => Promise<void>,
  options?: Parameters<Agenda['define']>[2],
): void {
  // biome-ignore lint/nursery/noMisusedPromises: Agenda waits for what a definition returns.
  agenda.define(name, run, options)
}

test('Agenda runs jobs that it defines itself, as soon as they are sent', async () => {
  const agenda = agendaOf(application(), 'only', { processEvery: 5_000 })
  const seen: unknown[] = []
  define(agenda, 'greet', async (job) => void seen.push(job.attrs.data))
  await agenda.start()
  const done = once(agenda, 'complete:greet')
  const job = await agenda.now('greet', { name: 'Ada' })
  await done
  assert.deepEqual(seen, [{ name: 'Ada' }])
  const { jobs } = await agenda.queryJobs({ id: String(job.attrs._id) })
  assert.equal(jobs[0]?.state, 'completed')
})

test('one job store serves many Agendas, and answers those that have stopped', async () => {
  const app = application()
  const [first, second] = [agendaOf(app, 'first'), agendaOf(app, 'second', { processEvery: 5_000 })]
  define(second, 'greet', async () => {})
  await Promise.all([first.start(), second.start()])
  await first.stop()
  const done = once(second, 'complete:greet')
  await first.now('greet', {})
  await done
  await second.stop()
  assert.equal((await second.queryJobs({ state: 'completed' })).total, 1)
})

test('what one Agenda runs those of other applications hear of, with its facts', async () => {
  const [here, there] = [agendaOf(application(), 'here'), agendaOf(application(), 'there')]
  define(here, 'divide', async (job) => {
    await job.touch(50)
    throw new Error('by zero')
  })
  await Promise.all([here.start(), there.start()])
  const events = [
    once(there, 'start:divide'),
    once(there, 'progress:divide'),
    once(there, 'fail:divide'),
  ] as const
  const job = await here.now('divide', {})
  const [[start], [progress], [error, fail]] = await Promise.all(events)
  assert.equal(String(start.jobId), String(job.attrs._id))
  assert.ok(start.timestamp instanceof Date)
  assert.equal(progress.progress, 50)
  assert.equal(error, 'by zero')
  assert.equal(fail.failCount, 1)
})

test('a job that fails waits as its backoff says, and runs again', async () => {
  const agenda = agendaOf(application(), 'only')
  let runs = 0
  const backoff = backoffStrategies.constant({ delay: 50, maxRetries: 2 })
  define(agenda, 'shaky', async () => void assert.ok(++runs > 1, 'not yet'), { backoff })
  await agenda.start()
  const done = once(agenda, 'success:shaky')
  await agenda.now('shaky', {})
  await done
  assert.equal(runs, 2)
})

test('a job in fork mode runs in a process of its own', async () => {
  const helper = join(folder, 'helper.cjs')
  const ran = join(folder, 'ran')
  const fork = `require('node:fs').writeFileSync(${JSON.stringify(ran)}, String(process.pid)); process.exit(0)`
  writeFileSync(helper, fork)
  const agenda = agendaOf(application(), 'only', { forkHelper: { path: helper } })
  define(agenda, 'apart', async () => {})
  await agenda.start()
  const done = once(agenda, 'success:apart')
  const job = agenda.create('apart', {})
  await job.forkMode(true).schedule(new Date()).save()
  await done
  const { jobs } = await agenda.queryJobs({ name: 'apart' })
  assert.equal(jobs[0]?.fork, true)
  assert.notEqual(readFileSync(ran, 'utf8'), String(process.pid))
})

test('what a job does is taken down where its definition asks for it', async () => {
  const app = application()
  const { agenda } = app
  agendas.push(agenda)
  define(agenda, 'quiet', async () => {})
  define(agenda, 'noted', async () => {}, { logging: true })
  await agenda.start()
  const done = ['complete:quiet', 'complete:noted'].map((name) => once(agenda, name))
  await agenda.now('quiet', {})
  const job = await agenda.now('noted', {})
  await Promise.all(done)
  const { logger } = app.queue.backend
  const { entries, total } = await eventually(
    () => logger?.getLogs({ sort: 'asc' }),
    (logs) => (logs?.total ?? 0) >= 3,
  )
  assert.deepEqual(
    entries.map(({ event }) => event),
    ['locked', 'start', 'success'],
  )
  assert.equal(total, 3)
  assert.ok(entries.every(({ jobId }) => jobId === String(job.attrs._id)))
  assert.ok(entries[0]?.timestamp instanceof Date)
})

test('entries are found by job, level, event and time, a page at a time, and cleared', async () => {
  const { logger } = application().queue.backend
  assert.ok(logger)
  const at = (seconds: number) => new Date(1_000_000 + seconds * 1_000)
  const entry = { jobName: 'mail', message: 'm', jobId: 'a' }
  await logger.log({ ...entry, timestamp: at(1), level: 'info', event: 'start', duration: 7 })
  await logger.log({ ...entry, timestamp: at(2), level: 'error', event: 'fail', error: 'no' })
  await logger.log({ ...entry, timestamp: at(3), level: 'info', event: 'start', jobId: 'b' })
  const events = async (query: object) => {
    const { entries, total } = await logger.getLogs(query)
    return [entries.map(({ timestamp }) => (timestamp.getTime() - 1_000_000) / 1_000), total]
  }
  assert.deepEqual(await events({}), [[3, 2, 1], 3])
  assert.deepEqual(await events({ limit: 1, offset: 1 }), [[2], 3])
  assert.deepEqual(await events({ jobId: 'a', sort: 'asc' }), [[1, 2], 2])
  assert.deepEqual(await events({ level: ['error', 'warn'] }), [[2], 1])
  assert.deepEqual(await events({ event: 'start', from: at(2) }), [[3], 1])
  assert.equal(await logger.clearLogs({ to: at(2) }), 2)
  assert.deepEqual(await events({}), [[3], 1])
})

/** What `read` brings once it is `enough`: Agenda does not wait for its own log. */
async function eventually<T>(
  read: () => Promise<T> | undefined,
  enough: (value: T | undefined) => boolean,
): Promise<T> {
  for (;;) {
    const value = await read()
    if (value !== undefined && enough(value)) return value
    await new Promise(setImmediate)
  }
}
