import { type Db, MongoClient } from 'mongodb'
import type { StoreUrl } from '../../../config'
import { StoreUnavailableError } from '../../../errors'
import { type StoreRole, settingOf } from '../role'

const answerWithin = 3_000

/** One MongoDB database, connected by the first use. */
export class MongoDatabase {
  readonly client: MongoClient
  readonly db: Db
  readonly #url: StoreUrl
  readonly #role: StoreRole
  #opening: Promise<unknown> | undefined

  /** @param role for errors */
  constructor(url: StoreUrl, role: StoreRole) {
    this.#url = url
    this.#role = role
    this.client = this.#createClient()
    this.db = this.client.db()
  }

  /**
   * Connects, once, and does what must be done first.
   *
   * @throws StoreUnavailableError within 5 s when the server does not answer or refuses
   */
  async open(prepare: () => Promise<void> = async () => {}): Promise<void> {
    this.#opening ??= this.client.connect().then(prepare)
    try {
      await this.#opening
    } catch (error) {
      this.#opening = undefined
      const hint = `Check ${settingOf(this.#role)}, and that the server is running.`
      throw this.#unavailable(error, hint)
    }
  }

  /** What the driver threw, in our words; an error of ours stays as it is. */
  failure(error: unknown): unknown {
    const ofDriver = error instanceof Error && error.name.startsWith('Mongo')
    return ofDriver ? this.#unavailable(error, 'Check that the server is running.') : error
  }

  async close(): Promise<void> {
    await this.client.close()
  }

  #createClient(): MongoClient {
    const limits = { serverSelectionTimeoutMS: answerWithin, connectTimeoutMS: answerWithin }
    try {
      return new MongoClient(this.#url.reveal(), limits)
    } catch (error) {
      throw this.#unavailable(error, `Correct ${settingOf(this.#role)}.`)
    }
  }

  #unavailable(error: unknown, hint: string): StoreUnavailableError {
    const why = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
    return new StoreUnavailableError(this.#role, String(this.#url), why, hint, error)
  }
}
