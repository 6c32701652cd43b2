import { setTimeout as sleep } from 'node:timers/promises'
import { type Document, MongoServerError, type ResumeToken, Timestamp } from 'mongodb'
import type { Change } from '../../changes'
import type { MongoConnection } from './connection'
import type { RunDocument, StoredChange } from './documents'
import type { Announce, ChangeSource } from './source'

interface StreamedChange {
  readonly _id: unknown
  readonly id: RunDocument['_id']
  readonly change?: StoredChange
  /** Of a job that Agenda alone has added. */
  readonly name?: string
}

const pause = 100
// The start of a stream is a whole second; what is older than asked for is left out.
const second = 1_000
// The history does not reach back to where the stream was, or its collection is gone.
const lost = new Set([260, 280, 286])

/** Only what a change says is sent: an update brings the one change that it has written. */
const pipeline: Document[] = [
  {
    $match: {
      $or: [
        { operationType: 'insert' },
        { 'updateDescription.updatedFields.change': { $exists: true } },
      ],
    },
  },
  {
    $project: {
      operationType: 1,
      id: '$documentKey._id',
      change: {
        $ifNull: ['$updateDescription.updatedFields.change', '$fullDocument.change'],
      },
      name: '$fullDocument.name',
    },
  },
]

/** The changes of a replica set, told by its change stream, from where it was when it is lost. */
export class MongoStream implements ChangeSource {
  readonly #connection: MongoConnection
  #since: Date
  #stream: { close(): Promise<void> } | undefined
  #token: ResumeToken | undefined
  #closed = false

  /** @param since by the server's clock */
  constructor(connection: MongoConnection, since: Date) {
    this.#connection = connection
    this.#since = since
  }

  async follow(announce: Announce): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#read(announce)
      } catch (error) {
        if (this.#closed) return
        if (isHistoryLost(error)) this.#startAnew(announce)
        // The store's own calls say that the server is away; here it is only waited for.
        await sleep(pause)
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#stream?.close().catch(() => {})
  }

  /** Announces what comes, all that comes at once together, until the stream is lost or closed. */
  async #read(announce: Announce): Promise<never> {
    const { runs } = this.#connection
    const stream = runs.watch<RunDocument, StreamedChange & Document>(pipeline, this.#start())
    this.#stream = stream
    let arrived: Change[] = []
    const flush = () => {
      const changes = arrived
      arrived = []
      announce(changes)
    }
    try {
      for (;;) {
        const event = await stream.next()
        this.#token = event._id
        const change = toChange(event, this.#since)
        if (change && arrived.push(change) === 1) setImmediate(flush)
      }
    } finally {
      await stream.close().catch(() => {})
    }
  }

  #start() {
    if (this.#token) return { resumeAfter: this.#token }
    const t = Math.floor((this.#since.getTime() - second) / second)
    return { startAtOperationTime: new Timestamp({ t, i: 1 }) }
  }

  /** Whoever waits shall look again, as some changes may never be told. */
  #startAnew(announce: Announce): void {
    this.#token = undefined
    this.#since = new Date(this.#connection.now().getTime() + second)
    announce([])
  }
}

function toChange({ id, change, name = '' }: StreamedChange, since: Date): Change | undefined {
  if (!change) return { kind: 'sent', id: String(id), name, at: new Date() }
  if (change.written < since) return undefined
  const { written, ...others } = change
  return { id: String(id), ...others }
}

function isHistoryLost(error: unknown): boolean {
  return error instanceof MongoServerError && lost.has(Number(error.code))
}
