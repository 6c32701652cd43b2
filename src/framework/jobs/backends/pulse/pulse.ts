import type { StoreUrl } from '../../../config'
import { StoreUnavailableError } from '../../../errors'
import { startThread } from '../../../thread'
import type { Guarding } from '../contract'
import type { KeeperOrders } from './keeper'

/** Keeps the jobs of a worker from this thread, and looks after those of others. */
interface Guard {
  start(): Promise<void>
  end(): Promise<void>
}

// Others ask the server whether a worker lives when they have not heard of it for 1,500 ms.
const longestSilence = 500

/**
 * Starts a guard, and beside it a thread that stands in for it while a task blocks this one. The
 * pulse is a message to that thread, sent as long as this one is free.
 *
 * @param keeper the thread's file, which calls `keepInSilence`
 * @returns ends both, the thread also when the store does not answer
 * @throws StoreUnavailableError
 */
export async function withPulse(
  guard: Guard,
  keeper: string,
  url: StoreUrl,
  guarding: Guarding,
): Promise<() => Promise<void>> {
  await guard.start()
  const endPulse = startPulse(keeper, url, guarding)
  return async () => {
    // A worker that has left must not be said to live.
    await endPulse()
    await guard.end()
  }
}

function startPulse(
  keeper: string,
  url: StoreUrl,
  { worker, lockLifetime, failed }: Guarding,
): () => Promise<void> {
  const silence = Math.min(longestSilence, lockLifetime / 4)
  const orders: KeeperOrders = { kind: url.kind, url: url.reveal(), worker: worker.id, silence }
  const thread = startThread(keeper, orders)
  thread.on('message', (why: string) => failed(unavailable(url, why)))
  thread.on('error', (error: Error) => failed(unavailable(url, error.message)))
  thread.unref()
  const pulse = setInterval(() => thread.postMessage('free'), silence / 2)
  pulse.unref()
  return async () => {
    clearInterval(pulse)
    await thread.terminate()
  }
}

function unavailable(url: StoreUrl, why: string): Error {
  const reason = why.replace(/\.$/, '')
  const hint = 'A task that blocks the event loop may lose its job meanwhile.'
  return new StoreUnavailableError('job store', String(url), reason, hint)
}
