import { type Document, ObjectId } from 'mongodb'
import type { Guarding } from '../contract'
import type { Held } from '../held'
import type { MongoBatch } from './batch'
import type { MongoConnection } from './connection'
import type { JobDocument } from './documents'
import { earliest } from './indexes'
import { pruneJobs } from './prune'
import { giveBack, rescueJobs } from './rescue'
import { announce, findDead, workersOf } from './workers'

const lookEvery = 500
const pruneEvery = 30_000
// A claim whose answer never arrived is nobody's: its worker does not know of it.
const patience = 10_000

/** Keeps what one worker holds, and takes over what others have left behind. */
export class MongoGuard {
  readonly #connection: MongoConnection
  readonly #batch: MongoBatch
  readonly #held: Held
  readonly #guarding: Guarding
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #ended = false
  #failed = false
  #prunedAt = Date.now()

  constructor(connection: MongoConnection, batch: MongoBatch, held: Held, guarding: Guarding) {
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
      await workersOf(this.#connection).deleteOne({ _id: this.#guarding.worker.id })
    } catch (error) {
      this.#guarding.failed(this.#connection.failure(error) as Error)
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
      await this.#connection.answered(this.#look())
      this.#failed = false
    } catch (error) {
      this.#connection.missed()
      if (!this.#failed) this.#guarding.failed(this.#connection.failure(error) as Error)
      this.#failed = true
    }
  }

  async #look(): Promise<void> {
    const { worker, lockLifetime, resultExpires } = this.#guarding
    await this.#connection.open()
    await this.#connection.greet()
    await announce(this.#connection, worker)
    await this.#renew()
    if (this.#connection.isSettled) {
      const dead = await findDead(this.#connection, lockLifetime)
      await rescueJobs(this.#connection, this.#guarding, dead)
    }
    if (Date.now() - this.#prunedAt < pruneEvery) return
    this.#prunedAt = Date.now()
    await pruneJobs(this.#connection, resultExpires)
  }

  /** Extends the locks of the claims that this process knows, and gives the others back. */
  async #renew(): Promise<void> {
    const { worker, lockLifetime } = this.#guarding
    const { jobs } = this.#connection
    const now = this.#connection.now()
    const known = Object.entries(this.#held.of(worker.id))
    const ids = known.map(([id]) => new ObjectId(id))
    const ago = (time: number) => ({ $gt: earliest, $lt: new Date(now.getTime() - time) })
    if (known.length > 0) {
      const claims = known.map(([, claim]) => claim)
      const mine = {
        _id: { $in: ids },
        'run.claim': { $in: claims },
        lockedAt: ago(lockLifetime / 8),
      }
      await jobs.updateMany(mine as Document, { $set: { lockedAt: now } }, { hint: '_id_' })
    }
    const unknown = { lockedAt: ago(patience), 'run.worker': worker.id, _id: { $nin: ids } }
    const lost = await jobs.find<JobDocument>(unknown as Document).toArray()
    await Promise.all(lost.map((job) => giveBack(this.#batch, job, now)))
  }
}
