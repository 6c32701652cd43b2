import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { WorkerLostError } from '../../../errors'
import { storeError } from '../../failure'
import type { Guarding, Rescued } from '../contract'
import type { Held } from '../held'
import type { PostgresDatabase, Row } from './connection'
import { isOfConnection, isOfServer } from './failure'
import { prune } from './prune'
import * as sql from './rescue'
import type { Statement } from './statement'

const lookEvery = 250
const heartbeat = 1_000
const pruneEvery = 30_000
// A worker whose connection broke has this long to come back with another one.
const silentAfter = 1_500
const comingBack = 3_000
const answerWithin = 5_000
const moment = 100

/**
 * Keeps what one worker holds, and takes over what others have left behind. Its connection holds a
 * lock of the server's; whoever can take that knows that this process has ended.
 */
export class PostgresGuard {
  readonly #database: PostgresDatabase
  readonly #held: Held
  readonly #guarding: Guarding
  #client: Client | undefined
  #lost = false
  #backAt = 0
  #locked = false
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #ended = false
  #failed = false
  #beatAt = 0
  #prunedAt = Date.now()

  constructor(database: PostgresDatabase, held: Held, guarding: Guarding) {
    this.#database = database
    this.#held = held
    this.#guarding = guarding
  }

  /** Announces the worker and begins to look. @throws StoreUnavailableError */
  async start(): Promise<void> {
    try {
      await this.#look()
    } catch (error) {
      await this.#client?.end()
      throw this.#database.failure(error)
    }
    this.#wait()
  }

  /** Takes the worker off the list. */
  async end(): Promise<void> {
    this.#ended = true
    clearTimeout(this.#timer)
    await this.#looking
    try {
      await this.#run(sql.retireWorker, this.#guarding.worker.id)
    } catch (error) {
      this.#guarding.failed(this.#database.failure(error) as Error)
    }
    await this.#client?.end()
  }

  #wait(): void {
    if (this.#ended || this.#database.closed) return
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
      await this.#recover(error as Error)
      if (!this.#failed) this.#guarding.failed(this.#database.failure(error) as Error)
      this.#failed = true
    }
  }

  /** The connection, and the lock with it, is only given up when it is of no use any more. */
  async #recover(error: Error): Promise<void> {
    const client = this.#client
    if (!isOfServer(error) || isOfConnection(error)) return this.#lose(client)
    await client?.query('rollback').catch(() => this.#lose(client))
  }

  async #look(): Promise<void> {
    await this.#connect()
    await this.#beat()
    if (await this.#isSettled()) await this.#rescue()
    if (Date.now() - this.#prunedAt < pruneEvery) return
    const { resultExpires } = this.#guarding
    const more = await prune((...query) => this.#run(...query), resultExpires)
    if (!more) this.#prunedAt = Date.now()
  }

  async #beat(): Promise<void> {
    const { worker, lockLifetime } = this.#guarding
    const { id, host, pid, concurrency, startedAt } = worker
    await this.#run(sql.announceWorker, id, host, pid, concurrency, startedAt)
    if (!this.#locked) this.#locked = await this.#take(sql.takeLock, id)
    const often = Math.min(heartbeat, lockLifetime / 4)
    if (Date.now() - this.#beatAt < often) return
    this.#beatAt = Date.now()
    const claims = Object.entries(this.#held.of(id))
    const known = JSON.stringify(claims.map(([job, claim]) => ({ id: job, claim })))
    await this.#run(sql.extendLocks, known, often)
    await this.#run(sql.releaseUnknown, known, id)
  }

  /** Whether all who use the server had time to come back since it, or our way to it, was away. */
  async #isSettled(): Promise<boolean> {
    if (Date.now() - this.#backAt < comingBack) return false
    const [row] = await this.#run(sql.isSettled, comingBack)
    return row?.settled === true
  }

  async #rescue(): Promise<void> {
    const { worker, lockLifetime } = this.#guarding
    const since = Math.min(silentAfter, lockLifetime)
    const silent = await this.#run(sql.silentWorkers, worker.id, since, lockLifetime)
    for (const { id, late } of silent) await this.#bury(String(id), late === true)
    this.#tell(await this.#takeOver(sql.rescueExpired, lockLifetime))
  }

  /** Nobody else does meanwhile, and the worker itself cannot come back before it is done. */
  async #bury(id: string, late: boolean): Promise<void> {
    await this.#client?.query('begin')
    const isGone = (await this.#take(sql.tryLock, id)) || late
    const jobs = isGone ? await this.#takeOver(sql.rescueFrom, id) : []
    if (isGone) await this.#run(sql.retireWorker, id)
    await this.#client?.query('commit')
    this.#tell(jobs)
  }

  /** A few jobs at a time, until there are none. */
  async #takeOver(order: Statement, which: string | number): Promise<Rescued[]> {
    const { maxCrashes } = this.#guarding
    const lost = storeError(new WorkerLostError(maxCrashes))
    const jobs: Rescued[] = []
    for (;;) {
      const rows = await this.#run(order, maxCrashes, JSON.stringify(lost), lost.message, which)
      if (rows.length === 0) return jobs
      jobs.push(...(rows as unknown as Rescued[]))
    }
  }

  #tell(jobs: readonly Rescued[]): void {
    if (jobs.length > 0) this.#guarding.rescued(jobs)
  }

  async #take(lock: Statement, id: string): Promise<boolean> {
    const [row] = await this.#run(lock, id)
    return row?.taken === true
  }

  async #run({ name, text }: Statement, ...values: unknown[]): Promise<Row[]> {
    if (!this.#client) return []
    const { rows } = await answered(this.#client.query<Row>({ name, text, values }))
    return rows
  }

  async #connect(): Promise<void> {
    if (this.#client) return
    const client = await this.#database.another(0)
    this.#client = client
    client.on('end', () => this.#lose(client))
    this.#locked = false
    if (this.#lost) this.#backAt = Date.now()
  }

  #lose(client: Client | undefined): void {
    this.#lost = true
    if (this.#client === client) this.#client = undefined
    void client?.end()
  }
}

/**
 * Waits so long for an answer, and a moment more: one that came while this thread was busy has not
 * been read yet, and giving up the connection would look as if this worker had ended.
 */
async function answered<T>(answer: Promise<T>): Promise<T> {
  const ending = new AbortController()
  const { signal } = ending
  const late = sleep(answerWithin, undefined, { signal })
    .then(() => sleep(moment, undefined, { signal }))
    .then((): never => {
      throw new Error('timeout exceeded')
    })
  try {
    return await Promise.race([answer, late])
  } finally {
    ending.abort()
    late.catch(() => {})
  }
}
