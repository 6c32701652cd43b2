import { ApplicationClosedError } from '../errors'
import type { JobStore } from './backends/contract'
import { type Connected, connect, type QueueFacts } from './connect'

/** What a queue works on: made by the first use, opened once, and closed for good. */
export class Connection {
  readonly #facts: Omit<QueueFacts, 'open'>
  #parts: Connected | undefined
  #opening: Promise<void> | undefined
  #closed = false

  constructor(facts: Omit<QueueFacts, 'open'>) {
    this.#facts = facts
  }

  get closed(): boolean {
    return this.#closed
  }

  /** @throws ApplicationClosedError */
  get parts(): Connected {
    if (this.#closed) throw new ApplicationClosedError()
    this.#parts ??= connect({ ...this.#facts, run: (fn) => this.#facts.run(fn), open: this.open })
    return this.#parts
  }

  /** @throws StoreUnavailableError within 5 s when the store does not answer; the next call tries anew */
  open = (): Promise<void> => {
    this.#opening ??= this.#open()
    return this.#opening
  }

  /** What `work` brings from the open store. @throws StoreUnavailableError */
  async ask<T>(work: (store: JobStore) => Promise<T>): Promise<T> {
    await this.open()
    const { store } = this.parts
    try {
      return await work(store)
    } catch (error) {
      throw store.failure(error)
    }
  }

  /** Ends the store's connections. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#opening?.catch(() => {})
    await this.#parts?.agenda.stop(false)
    await this.#parts?.store.close()
  }

  async #open(): Promise<void> {
    try {
      await this.parts.store.open()
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }
}
