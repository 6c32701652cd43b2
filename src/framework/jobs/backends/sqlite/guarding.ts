import { StoreUnavailableError, WorkerLostError } from '../../../errors'
import { startThread } from '../../../thread'
import { storeError } from '../../failure'
import type { Guarding } from '../contract'
import type { SqliteFile } from './connection'
import { Guard, type GuardNews, type GuardOrders } from './guard'

const lookEvery = 250

/**
 * Guards the jobs of a worker from a thread of its own, so that a task that keeps this one busy
 * does not lose its lock; a store in memory, which only this thread has, from here.
 *
 * @returns ends the guard
 */
export async function guardJobs(
  file: SqliteFile,
  guarding: Guarding,
): Promise<() => Promise<void>> {
  const { worker, lockLifetime, maxCrashes, resultExpires } = guarding
  const orders: GuardOrders = {
    path: file.path,
    worker: { ...worker, startedAt: worker.startedAt.getTime() },
    lockLifetime,
    maxCrashes,
    resultExpires,
    lost: JSON.stringify(storeError(new WorkerLostError(maxCrashes))),
  }
  return file.path === ':memory:'
    ? guardHere(file, orders)
    : guardFromThread(file, orders, guarding)
}

function guardHere(file: SqliteFile, orders: GuardOrders): () => Promise<void> {
  const guard = new Guard(file.db, orders, () => false)
  guard.look()
  const timer = setInterval(() => guard.look(), lookEvery)
  return async () => {
    clearInterval(timer)
    guard.retire()
  }
}

async function guardFromThread(
  file: SqliteFile,
  orders: GuardOrders,
  { rescued, failed }: Guarding,
): Promise<() => Promise<void>> {
  const thread = startThread(require.resolve('./guard'), orders)
  const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()))
  await new Promise<void>((ready, refuse) => {
    thread.on('message', (news: GuardNews) => {
      if (news.kind === 'ready') ready()
      else if (news.kind === 'rescued') rescued(news.jobs)
      else if (news.kind === 'failed') failed(unavailable(file, news.message))
    })
    thread.on('error', (error) => {
      refuse(unavailable(file, error.message))
      failed(unavailable(file, error.message))
    })
  })
  const resume = file.leaveCheckpoints()
  return async () => {
    resume()
    thread.postMessage('end')
    await ended
  }
}

function unavailable(file: SqliteFile, why: string): Error {
  const where = `sqlite:${file.path}`
  return new StoreUnavailableError('job store', where, why, 'Look at the file and its folder.')
}
