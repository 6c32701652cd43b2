import { parentPort, workerData } from 'node:worker_threads'
import { type StoreKind, StoreUrl } from '../../../config'

/** What a keeper is told when it starts. */
export interface KeeperOrders {
  readonly kind: StoreKind
  /** With its password. */
  readonly url: string
  readonly worker: string
  /** For how many ms the worker's own thread says nothing when it is taken for blocked. */
  readonly silence: number
}

/** Says that a worker lives, and extends the locks of all that it holds. */
export type Keep = (worker: string) => Promise<unknown>

/**
 * In a thread beside a worker's own: keeps what the worker holds for as long as its own thread is
 * blocked. Says why when the store does not let it, once until it does again.
 *
 * @param connect makes the thread's own way to the store, which connects when it is first used
 */
export function keepInSilence(connect: (url: StoreUrl) => Keep): void {
  const port = parentPort
  if (!port) return
  const { kind, url, worker, silence } = workerData as KeeperOrders
  const keep = connect(new StoreUrl(kind, url))
  let failed = false
  const timer = setTimeout(async () => {
    try {
      await keep(worker)
      failed = false
    } catch (error) {
      if (!failed) port.postMessage(reasonOf(error as Error))
      failed = true
    }
    timer.refresh()
  }, silence)
  port.on('message', () => timer.refresh())
}

/** What the driver said, without our words about it. */
function reasonOf({ cause, message }: Error): string {
  return cause instanceof Error ? cause.message : message
}
