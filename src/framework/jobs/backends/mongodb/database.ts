import { type Db, MongoClient } from 'mongodb'

const answerWithin = 4_000

/** One MongoDB database, connected by the first use. */
export class MongoDatabase {
  readonly client: MongoClient
  readonly db: Db
  #opening: Promise<unknown> | undefined

  constructor(url: string) {
    this.client = new MongoClient(url, {
      serverSelectionTimeoutMS: answerWithin,
      connectTimeoutMS: answerWithin,
    })
    this.db = this.client.db()
  }

  async open(): Promise<void> {
    this.#opening ??= this.client.connect()
    try {
      await this.#opening
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }

  async close(): Promise<void> {
    await this.client.close()
  }
}
