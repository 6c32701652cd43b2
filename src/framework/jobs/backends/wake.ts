import { BaseNotificationChannel, toJobId } from 'agenda'
import type { Change, ChangeKind } from '../changes'
import type { Results } from '../results'

const waking: ReadonlySet<ChangeKind> = new Set(['sent', 'retried', 'released', 'rescued'])

/**
 * The channel that wakes workers after a change, of any process, that may have made a job due. It
 * is connected as long as one of those who connected it has not disconnected it.
 */
export class WakeChannel extends BaseNotificationChannel {
  readonly #results: Pick<Results, 'open' | 'follow'> | undefined
  #users = 0
  #stop: (() => void) | undefined

  /** @param results where the changes of every process are heard of */
  constructor(results?: Pick<Results, 'open' | 'follow'>) {
    super()
    this.#results = results
  }

  override async connect(): Promise<void> {
    await this.#results?.open()
    this.#users++
    this.#stop ??= this.#results?.follow((changes) => this.#wake(changes))
    this.setState('connected')
  }

  override async disconnect(): Promise<void> {
    this.#users = Math.max(0, this.#users - 1)
    if (this.#users > 0) return
    this.#stop?.()
    this.#stop = undefined
    this.setState('disconnected')
  }

  /** Whoever stores a job that is due has recorded a change. */
  override async publish(): Promise<void> {}

  /** Lets workers look for due jobs of this task at once. */
  wake(name: string): void {
    const now = new Date()
    // A processor skips what is due after its next look; this is due now, however late it is.
    const due = { jobId: toJobId(''), jobName: name, nextRunAt: new Date(0) }
    void this.notifyHandlers({ ...due, priority: 0, timestamp: now })
  }

  #wake(changes: readonly Change[]): void {
    const woken = changes.filter((change) => waking.has(change.kind))
    for (const name of new Set(woken.map((change) => change.name))) this.wake(name)
  }
}
