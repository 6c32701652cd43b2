import type { StoreUrl } from '../../../config'
import type { Change } from '../../changes'
import type { JobName, JobState, Outcome, Results, Step } from '../../results'
import { endingFields } from '../ending'
import { RedisBatch } from './batch'
import { RedisChanges } from './changes'
import { RedisConnection } from './connection'
import { type Flat, toOutcome } from './rows'

const pruneAtOnce = 500

/** Results in Redis, beside the jobs or apart from them. */
export class RedisResults implements Results {
  readonly #connection: RedisConnection
  readonly #batch: RedisBatch
  readonly #changes: RedisChanges

  constructor(connection: RedisConnection, batch: RedisBatch, changes: RedisChanges) {
    this.#connection = connection
    this.#batch = batch
    this.#changes = changes
  }

  open(): Promise<void> {
    return this.#connection.open()
  }

  async close(): Promise<void> {
    await this.#batch.settled()
    await this.#connection.close()
    await this.#changes.close()
  }

  async find(id: string): Promise<Outcome | undefined> {
    return toOutcome(await this.#batch.run<Flat>({ do: 'findResult', id }))
  }

  async apply({ id, name }: JobName, step: Step): Promise<boolean> {
    const about = { id, name, claim: step.claim }
    if (step.kind === 'release') return this.#did({ do: 'applyRelease', ...about })
    const at = step.at.getTime()
    if (step.kind === 'start')
      return this.#did({ do: 'applyStart', ...about, worker: step.worker, at })
    return this.#did({ do: 'applyFinish', ...about, ...endingFields(step.ending), at })
  }

  revoke({ id, name }: JobName, repeats: boolean): Promise<boolean> {
    return this.#did({ do: 'revokeResult', id, name, repeats })
  }

  renew({ id, name }: JobName, from: readonly JobState[]): Promise<boolean> {
    return this.#did({ do: 'renew', id, name, from })
  }

  follow(listener: (changes: readonly Change[]) => void): () => void {
    return this.#changes.follow(listener)
  }

  async prune(before: Date): Promise<string[]> {
    const order = { do: 'pruneResults', before: before.getTime(), limit: pruneAtOnce }
    const pruned: string[] = []
    for (;;) {
      const ids = await this.#batch.run<string[]>(order, pruneAtOnce)
      pruned.push(...ids)
      if (ids.length < pruneAtOnce) return pruned
    }
  }

  failure(error: unknown): unknown {
    return this.#connection.failure(error)
  }

  async #did(operation: { do: string; [parameter: string]: unknown }): Promise<boolean> {
    return (await this.#batch.run(operation)) === 1
  }
}

/** Results in a Redis database of their own, or under keys of their own. */
export function openRedisResults(url: StoreUrl): Results {
  const connection = new RedisConnection(url, 'result store')
  return new RedisResults(connection, new RedisBatch(connection), new RedisChanges(connection))
}
