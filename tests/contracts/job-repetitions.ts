import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Application } from '../../src/framework/application'
import { nextEvent, withWorker } from '../support/jobs'
import { type MakeApp, nothing, record, runs } from './tasks'

/** What is to run again and again does, once in each slot, until somebody ends it. */
export function jobRepetitions(app: MakeApp): void {
  test('a repeated task runs again and again under one id, and its interval can be changed', async () => {
    const here = app()
    const job = await record.every(60_000, 'each minute')
    const changed = await record.every(200, 'quick')
    assert.equal(changed.id, job.id)
    await withWorker(here, async () => {
      await nextEvent(here, 'job.succeeded', job.id)
      await nextEvent(here, 'job.succeeded', job.id)
      await here.agenda.cancel({ name: 'contract.record' })
    })
    assert.ok(runs.filter((what) => what === 'quick').length >= 2)
    assert.ok(!runs.includes('each minute'))
  })

  test('a repeated task that has run takes a shorter interval at once', async () => {
    const here = app()
    const job = await record.every('1 hour', 'hourly')
    const first = nextEvent(here, 'job.succeeded', job.id)
    await withWorker(here, async () => {
      await first
      const again = nextEvent(here, 'job.succeeded', job.id)
      await record.every(100, 'often')
      await again
      await here.agenda.cancel({ name: 'contract.record' })
    })
    assert.ok(runs.includes('often'))
  })

  test('a revoked repetition runs no more, until it is declared again', async () => {
    const here = app()
    const job = await record.every(100, 'tick')
    const first = nextEvent(here, 'job.succeeded', job.id)
    await withWorker(here, async () => {
      await first
      assert.equal(await job.revoke(), true)
      await untilIdle(here)
      const ran = runs.length
      await (await nothing.in(400)).result()
      assert.equal(runs.length, ran)
      const again = nextEvent(here, 'job.succeeded', job.id)
      await record.every(100, 'tick')
      await again
      await here.agenda.cancel({ name: 'contract.record' })
    })
  })

  test('two workers make one run of each slot', async () => {
    const [here, there] = [app(), app()]
    const begun: number[] = []
    await here.ready()
    here.queue.follow(({ kind, name, at }) => {
      if (kind === 'started' && name === record.taskName) begun.push(at.getTime())
    })
    await record.every(250, 'slot')
    await withWorker(here, () =>
      withWorker(there, async () => {
        while (begun.length < 4) await sleep(20)
        await here.agenda.cancel({ name: record.taskName })
      }),
    )
    const apart = begun.slice(1).map((time, index) => time - (begun[index] ?? 0))
    assert.ok(Math.min(...apart) >= 200, `runs were ${apart} ms apart`)
  })

  test('a repetition that was revoked runs at once when it is declared again', async () => {
    const here = app()
    const job = await record.every('1 hour', 'hourly again')
    await job.revoke()
    await withWorker(here, async () => {
      const done = nextEvent(here, 'job.succeeded', job.id)
      await record.every('1 hour', 'hourly again')
      await done
      await here.agenda.cancel({ name: record.taskName })
    })
  })

  test('what a repetition is not told again it keeps no longer, as its time zone', async () => {
    const here = app()
    const there = record.with({ timezone: 'Asia/Tokyo', priority: 'high' })
    const { id } = await there.every('0 3 * * *', 'nightly')
    const told = await here.job(id)
    assert.deepEqual([told.timezone, told.priority], ['Asia/Tokyo', 10])
    await record.every('0 3 * * *', 'nightly')
    await told.refresh()
    assert.deepEqual([told.timezone, told.priority], [undefined, 0])
    assert.equal(told.scheduledFor?.getHours(), 3)
    await here.agenda.cancel({ name: record.taskName })
    await here.close()
  })

  test('a repetition in words that only Agenda knows holds up no other job', async () => {
    const here = app()
    await withWorker(here, async () => {
      const data = { args: ['in words'], sentAt: '' }
      await here.agenda.every('one minute', record.taskName, data)
      await (await nothing.in(50)).result({ timeout: 10_000 })
      await here.agenda.cancel({ name: record.taskName })
    })
  })

  test('a repetition in a transaction is refused', async () => {
    const here = app()
    await here.db.transaction(async (transaction) => {
      const inside = record.with({ transaction }).every('1 hour', 'never')
      await assert.rejects(inside, { name: 'SendError' })
    })
    await here.close()
  })

  test('a paused repetition stays paused when an application declares it again', async () => {
    const operator = app()
    const job = await record.every(50, 'paused tick')
    await job.pause()
    await operator.close()
    const here = app()
    const again = await record.every(50, 'paused tick')
    assert.equal(again.id, job.id)
    await withWorker(here, async () => {
      await (await nothing.in(200)).result()
      assert.ok(!runs.includes('paused tick'))
      const run = nextEvent(here, 'job.succeeded', job.id)
      await again.resume()
      await run
      await here.agenda.cancel({ name: record.taskName })
    })
  })
}

/** A run that had begun when its job was revoked may still end, or be refused. */
async function untilIdle(here: Application): Promise<void> {
  while (here.queue.runner.size > 0) await sleep(10)
}
