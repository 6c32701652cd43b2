import type { Change, ChangeKind } from '../../changes'
import { WakeChannel } from '../wake'
import type { RedisChanges } from './changes'

const waking: ReadonlySet<ChangeKind> = new Set(['sent', 'retried', 'released', 'rescued'])

/** Wakes workers after a change, of any process, that may have made a job due. */
export class RedisChannel extends WakeChannel {
  readonly #changes: RedisChanges
  #stop: (() => void) | undefined

  constructor(changes: RedisChanges) {
    super()
    this.#changes = changes
  }

  override async connect(): Promise<void> {
    this.#stop ??= this.#changes.follow((changes) => this.#wake(changes))
    await super.connect()
  }

  override async disconnect(): Promise<void> {
    this.#stop?.()
    this.#stop = undefined
    await super.disconnect()
  }

  #wake(changes: readonly Change[]): void {
    const woken = changes.filter((change) => waking.has(change.kind))
    for (const name of new Set(woken.map((change) => change.name))) this.wake(name)
  }
}
