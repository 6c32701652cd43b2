import { randomUUID } from 'node:crypto'
import {
  type Collection,
  type Db,
  type Document,
  MongoClient,
  MongoNetworkTimeoutError,
} from 'mongodb'
import type { StoreUrl } from '../../../config'
import { ApplicationClosedError, StoreUnavailableError } from '../../../errors'
import { type StoreRole, settingOf } from '../role'
import { type JobDocument, type RunDocument, toObjectId } from './documents'
import { createIndexes } from './indexes'

const answerWithin = 3_000
const lookEvery = 1_000
const silence = 10_000
// Time for everybody to notice that the server is back, and to say so.
const comingBack = 3_000

/** One MongoDB database, connected by the first use; the driver renews what is lost. */
export class MongoConnection {
  readonly db: Db
  /** The name under which the server knows the connections of this process. */
  readonly name = `atelier-${randomUUID()}`
  readonly #client: MongoClient
  readonly #url: StoreUrl
  readonly #role: StoreRole
  #opening: Promise<void> | undefined
  #closed = false
  #ahead = 0
  #isReplicated = false
  #awayUntil = 0

  /** @param role for errors; results that live apart have a collection of their own */
  constructor(url: StoreUrl, role: StoreRole) {
    this.#url = url
    this.#role = role
    this.#client = this.#createClient()
    this.db = this.#client.db()
  }

  /** Whether the server tells of changes: it is part of a replica set, or leads to one. */
  get isReplicated(): boolean {
    return this.#isReplicated
  }

  get jobs(): Collection<JobDocument> {
    return this.db.collection<JobDocument>('agendaJobs')
  }

  /** Where the server itself is asked. */
  get admin(): Db {
    return this.#client.db('admin')
  }

  /** Where the runs are: in the jobs themselves, or apart from them. */
  get runs(): Collection<RunDocument> {
    return this.db.collection(this.isApart ? 'agendaResults' : 'agendaJobs')
  }

  /** Whether only results are here. */
  get isApart(): boolean {
    return this.#role === 'result store'
  }

  /** The key of a job's document; undefined for a text that cannot be one. */
  key(id: string): RunDocument['_id'] | undefined {
    return this.isApart ? id : toObjectId(id)
  }

  /**
   * Connects, once, and creates what the store needs.
   *
   * @throws StoreUnavailableError within 5 s when the server does not answer or refuses
   */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  /** The time of the server, as far as its answers tell: jobs are due by its clock. */
  now(): Date {
    return new Date(Date.now() + this.#ahead)
  }

  /** How many ms the server's clock is ahead of this machine's. */
  get ahead(): number {
    return this.#ahead
  }

  /** Asks the server what it is and what time it has. */
  async greet(): Promise<void> {
    const asked = Date.now()
    const { localTime, setName, msg, topologyVersion } = await this.db.command({ hello: 1 })
    const answered = Date.now()
    this.#isReplicated = setName !== undefined || msg === 'isdbgrid'
    this.#compareClocks(localTime as Date, asked, answered)
    // The server's id of its own process holds the time of its start.
    const started: Date | undefined = (
      topologyVersion as Document | undefined
    )?.processId?.getTimestamp()
    if (started) this.#awayUntil = Math.max(this.#awayUntil, started.getTime() - this.#ahead)
  }

  /**
   * The same answer, or an error when there is none within 10 s: the driver waits for ever for what
   * it wrote to a connection in the moment in which that was lost.
   */
  async answered<T>(answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const never = new Promise<never>((_, reject) => {
      const error = new MongoNetworkTimeoutError(`it did not answer within ${silence / 1_000} s`)
      timer = setTimeout(reject, silence, error)
    })
    try {
      return await Promise.race([answer, never])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Takes down that the server did not answer. */
  missed(): void {
    this.#awayUntil = Date.now()
  }

  /** Whether all who use the server had time to come back since it was last away. */
  get isSettled(): boolean {
    return Date.now() - this.#awayUntil >= comingBack
  }

  /** What the driver threw, in our words; an error of ours stays as it is. */
  failure(error: unknown): unknown {
    if (!(error instanceof Error && error.name.startsWith('Mongo'))) return error
    if (this.#closed) return new ApplicationClosedError()
    return this.#unavailable(error, 'Check that the server is running.')
  }

  /** Ends the connections for good. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#opening?.catch(() => {})
    await this.#client.close()
  }

  async #open(): Promise<void> {
    if (this.#closed) throw new ApplicationClosedError()
    try {
      await this.#client.connect()
      await this.greet()
      await createIndexes(this.db, this.#role, this.#isReplicated)
    } catch (error) {
      const hint = `Check ${settingOf(this.#role)}, and that the server is running.`
      throw this.#unavailable(error, hint)
    }
  }

  #createClient(): MongoClient {
    try {
      return new MongoClient(this.#url.reveal(), {
        appName: this.name,
        serverSelectionTimeoutMS: answerWithin,
        connectTimeoutMS: answerWithin,
        heartbeatFrequencyMS: lookEvery,
        ignoreUndefined: true,
      })
    } catch (error) {
      throw this.#unavailable(error, `Correct ${settingOf(this.#role)}.`)
    }
  }

  /** A difference that is smaller than what the question took is none. */
  #compareClocks(server: Date, asked: number, answered: number): void {
    const ahead = Math.round(server.getTime() - (asked + answered) / 2)
    this.#ahead = Math.abs(ahead) > answered - asked + 1 ? ahead : 0
  }

  #unavailable(error: unknown, hint: string): StoreUnavailableError {
    const why = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
    return new StoreUnavailableError(this.#role, String(this.#url), why, hint, error)
  }
}
