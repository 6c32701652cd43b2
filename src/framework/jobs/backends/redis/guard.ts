import { WorkerLostError } from '../../../errors'
import { storeError } from '../../failure'
import type { Guarding, Rescued } from '../contract'
import type { Held } from '../held'
import type { RedisBatch } from './batch'
import type { RedisConnection } from './connection'
import { findDead } from './dead'
import { prune, repair } from './repair'

const lookEvery = 500
const pruneEvery = 30_000
const repairEvery = 2_000
const atOnce = 200

type RescuedRow = [id: string, name: string, claim: string, state: Rescued['state']]

/** Keeps what one worker holds, and takes over what others have left behind. */
export class RedisGuard {
  readonly #connection: RedisConnection
  readonly #batch: RedisBatch
  readonly #held: Held
  readonly #guarding: Guarding
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #ended = false
  #failed = false
  #prunedAt = Date.now()
  #repairedAt = 0

  constructor(connection: RedisConnection, batch: RedisBatch, held: Held, guarding: Guarding) {
    this.#connection = connection
    this.#batch = batch
    this.#held = held
    this.#guarding = guarding
  }

  /** Announces the worker and begins to look. @throws StoreUnavailableError */
  async start(): Promise<void> {
    await this.#look()
    this.#wait()
  }

  /** Takes the worker off the list. */
  async end(): Promise<void> {
    this.#ended = true
    clearTimeout(this.#timer)
    await this.#looking
    try {
      await this.#batch.run({ do: 'retire', worker: this.#guarding.worker.id })
    } catch (error) {
      this.#guarding.failed(error as Error)
    }
  }

  #wait(): void {
    if (this.#ended) return
    const pause = Math.min(lookEvery, this.#guarding.lockLifetime / 4)
    this.#timer = setTimeout(() => {
      this.#looking = this.#tryToLook().then(() => this.#wait())
    }, pause)
  }

  /** Says once that the store does not answer, not at every look. */
  async #tryToLook(): Promise<void> {
    try {
      await this.#look()
      this.#failed = false
    } catch (error) {
      if (!this.#failed) this.#guarding.failed(this.#connection.failure(error) as Error)
      this.#failed = true
    }
  }

  async #look(): Promise<void> {
    await this.#connection.open()
    await this.#beat()
    if (await this.#connection.isSettled()) await this.#rescue()
    if (Date.now() - this.#prunedAt >= pruneEvery) {
      this.#prunedAt = Date.now()
      await prune(this.#batch, this.#guarding.resultExpires)
    }
    if (Date.now() - this.#repairedAt >= repairEvery) {
      await repair(this.#batch)
      this.#repairedAt = Date.now()
    }
  }

  async #beat(): Promise<void> {
    const { worker } = this.#guarding
    const record = JSON.stringify({ ...worker, ...(await this.#connection.identity()) })
    const known = this.#held.of(worker.id)
    await this.#batch.run({ do: 'beat', worker: worker.id, record, known })
  }

  async #rescue(): Promise<void> {
    const dead = await findDead(this.#connection, this.#batch, this.#guarding)
    const { lockLifetime: lifetime, maxCrashes } = this.#guarding
    const error = storeError(new WorkerLostError(maxCrashes))
    const order = { lifetime, maxCrashes, lost: JSON.stringify(error), reason: error.message }
    for (;;) {
      const rows = await this.#batch.run<RescuedRow[]>({
        do: 'rescue',
        dead,
        limit: atOnce,
        ...order,
      })
      const jobs = rows.map(([id, name, claim, state]) => ({ id, name, claim, state }))
      if (jobs.length > 0) this.#guarding.rescued(jobs)
      if (jobs.length < atOnce) return
    }
  }
}
