import type { RedisConnection } from './connection'
import { script } from './lua'

/** One step that the script knows: its name, and what it is given. Absent is never null. */
export interface Operation {
  readonly do: string
  readonly [parameter: string]: unknown
}

interface Entry {
  readonly operation: Operation
  /** About how many jobs it touches. */
  readonly weight: number
  resolve(value: unknown): void
  reject(error: unknown): void
}

// While a script runs the server answers nobody else.
const heaviest = 500

/**
 * Sends what one turn of the event loop has to do as one script call, so that it is one round trip
 * and each step is atomic.
 */
export class RedisBatch {
  readonly #connection: RedisConnection
  #waiting: Entry[] = []
  #sending: NodeJS.Immediate | undefined
  readonly #sent = new Set<Promise<void>>()

  constructor(connection: RedisConnection) {
    this.#connection = connection
  }

  /** @returns what the script answered; the caller knows what that is */
  run<T>(operation: Operation, weight = 1): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = { resolve: resolve as (value: unknown) => void, reject }
      this.#waiting.push({ operation, weight, ...settle })
      this.#sending ??= setImmediate(() => this.#flush())
    })
  }

  /** Resolves when everything is answered. */
  async settled(): Promise<void> {
    if (this.#sending) this.#flush()
    await Promise.all(this.#sent)
  }

  #flush(): void {
    clearImmediate(this.#sending)
    this.#sending = undefined
    const entries = this.#waiting
    this.#waiting = []
    let group: Entry[] = []
    let weight = 0
    for (const entry of entries) {
      if (group.length > 0 && weight + entry.weight > heaviest) {
        this.#keep(this.#send(group))
        group = []
        weight = 0
      }
      group.push(entry)
      weight += entry.weight
    }
    this.#keep(this.#send(group))
  }

  #keep(sent: Promise<void>): void {
    this.#sent.add(sent)
    void sent.finally(() => this.#sent.delete(sent))
  }

  async #send(entries: readonly Entry[]): Promise<void> {
    try {
      const operations = JSON.stringify(entries.map((entry) => entry.operation))
      const answers = await this.#connection.evaluate(script, this.#connection.prefix, operations)
      for (const [index, entry] of entries.entries())
        this.#settle(entry, (answers as Answer[])[index])
    } catch (error) {
      for (const entry of entries) entry.reject(error)
    }
  }

  #settle({ operation, resolve, reject }: Entry, answer: Answer | undefined): void {
    if (answer?.[0] === 1) return resolve(answer[1] ?? undefined)
    const why = `${operation.do} failed: ${String(answer?.[1])}`
    reject(this.#connection.refusal(why))
  }
}

type Answer = readonly [done: 0 | 1, value: unknown]
