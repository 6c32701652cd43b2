import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Application } from '../../../../../src/framework/application'
import { currentJob, task } from '../../../../../src/framework/jobs'
import { Worker } from '../../../../../src/framework/worker/worker'
import { appWith, nextEvent, untilState, withWorker } from '../../../../support/jobs'
import { MongoServer, skipWithoutProgram } from '../../../../support/mongo-server'

const add = task('poll.add', (x: number, y: number) => x + y)
const heedful = task('poll.heedful', async () => {
  const signal = currentJob()?.signal
  await new Promise((resolve) => signal?.addEventListener('abort', resolve))
})
const options = { skip: skipWithoutProgram }
let server: MongoServer

before(async () => {
  if (!options.skip) server = await MongoServer.alone()
})

after(() => server?.[Symbol.asyncDispose]())

function appOn(): Application {
  return appWith({ add, heedful }, { AGENDA_URL: server.url })
}

test('a worker on a server that is alone says that it looks again and again', options, async () => {
  const here = appOn()
  const said = nextEvent(here, 'store.polls')
  await withWorker(here, async () => {
    assert.match((await said).reason, /not part of a replica set/)
  })
})

test('a job of another process brings its result, without a replica set', options, async () => {
  const [here, sender] = [appOn(), appOn()]
  await withWorker(here, async () => {
    const job = await sender.run(() => add.now(1, 2))
    assert.equal(await job.result({ timeout: 5_000 }), 3)
  })
  await sender.close()
})

test('every job is told of once, without a replica set', options, async () => {
  const [here, listener] = [appOn(), appOn()]
  await listener.ready()
  const told: string[] = []
  let heard = () => {}
  listener.queue.follow(({ kind, id }) => {
    told.push(`${kind} ${id}`)
    heard()
  })
  const ids: string[] = []
  for (let count = 0; count < 5; count++) {
    const job = await here.run(() => add.now(count, 1))
    ids.push(job.id)
    while (!told.includes(`sent ${job.id}`)) await new Promise<void>((resolve) => (heard = resolve))
  }
  assert.deepEqual(
    told,
    ids.map((id) => `sent ${id}`),
  )
  await here.agenda.cancel({ name: add.taskName })
  await Promise.all([here.close(), listener.close()])
})

test('a running job is told to end, without a replica set', options, async () => {
  const here = appOn()
  const worker = new Worker(here)
  await worker.start()
  const job = await heedful.now()
  await untilState(job, 'STARTED')
  assert.equal(await job.revoke({ terminate: true }), true)
  await assert.rejects(job.result({ timeout: 5_000 }), { name: 'JobRevokedError' })
  await worker.stop()
  await here.close()
})
