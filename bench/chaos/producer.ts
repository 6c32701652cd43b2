import { setTimeout as sleep } from 'node:timers/promises'
import { runProgram } from '../../src/framework/program'
import { watchWaits } from './lock-waits'
import type { News } from './processes'
import { chaosApp } from './tasks'

const atOnce = 10
const batch = 20

const app = chaosApp()

/** Sends one unique job again and again, some at a time; gives the ids that it was told. */
async function race(key: string, times: number, at: number): Promise<string[]> {
  await sleep(at - Date.now())
  const ids = new Set<string>()
  for (let sent = 0; sent < times; sent += atOnce) {
    const calls = Array.from({ length: atOnce }, () => app.tasks.single?.now(key as never))
    for (const job of await Promise.all(calls)) ids.add(job?.id ?? '')
  }
  return [...ids]
}

/** Sends jobs for `ms`, one or many at a time; goes on after an error, and takes it down. */
async function flood(ms: number, pause: number): Promise<{ ids: string[]; errors: string[] }> {
  const ids: string[] = []
  const errors: string[] = []
  for (const end = Date.now() + ms; Date.now() < end; ) {
    try {
      const count = Math.random() < 0.02 ? batch : 1
      const calls = Array.from({ length: count }, () => [1]) as never[][]
      for (const job of (await app.tasks.work?.nowMany(calls)) ?? []) ids.push(job.id)
    } catch (error) {
      errors.push(String(error))
    }
    await sleep(pause * (0.5 + Math.random()))
  }
  return { ids, errors }
}

/** Does what its parent tells it, until it is stopped. */
void runProgram(async () => {
  const waits = process.argv[2] === 'watched' ? watchWaits() : () => ({})
  await app.queue.open()
  const tell = (news: News) => process.send?.(news)
  process.on('message', (order: News) => {
    if (order.event === 'race') {
      const { key, times, at } = order as News & { key: string; times: number; at: number }
      void race(key, times, at).then((ids) => tell({ event: 'raced', ids }))
    }
    if (order.event === 'flood') {
      const { ms, pause } = order as News & { ms: number; pause: number }
      void flood(ms, pause).then((sent) => tell({ event: 'flooded', ...sent, ...waits() }))
    }
  })
  return { stop: () => app.close() }
})
