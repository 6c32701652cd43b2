import type { Database } from 'better-sqlite3'
import { isSqliteBusy } from '../../../config'

interface Entry {
  run(): void
  settle(): void
  reject(error: unknown): void
}

/** Hears of transactions; one that is tried again begins again. */
export interface CommitFollower {
  begun(): void
  committed(): void
}

/**
 * Writes together what is to be written in one turn of the event loop: one commit, and one wait for
 * the disk, for all of it.
 */
export class GroupCommit {
  follower: CommitFollower = { begun() {}, committed() {} }
  readonly #db: () => Database
  readonly #retried: <T>(work: () => T) => Promise<T>
  #waiting: Entry[] = []
  #flushing: Promise<void> | undefined

  /** @param retried runs a function again while another process has the file */
  constructor(db: () => Database, retried: <T>(work: () => T) => Promise<T>) {
    this.#db = db
    this.#retried = retried
  }

  /** @returns what `work` returned, once it is committed */
  add<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: T
      this.#waiting.push({
        run: () => {
          result = work()
        },
        settle: () => resolve(result),
        reject,
      })
      this.#flushing ??= this.#flush()
    })
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    await this.#flushing
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Once a turn, so that everything that this turn has to write is together.
      await new Promise(setImmediate)
      const entries = this.#waiting
      this.#waiting = []
      await this.#commit(entries)
    }
    this.#flushing = undefined
  }

  async #commit(entries: readonly Entry[]): Promise<void> {
    try {
      await this.#together(entries)
    } catch (error) {
      if (entries.length === 1 || isSqliteBusy(error)) {
        for (const entry of entries) entry.reject(error)
        return
      }
      // One of them cannot be written: that must not keep the others from it.
      for (const entry of entries) await this.#commit([entry])
      return
    }
    this.follower.committed()
    for (const entry of entries) entry.settle()
  }

  #together(entries: readonly Entry[]): Promise<void> {
    return this.#retried(() => {
      this.#db()
        .transaction(() => {
          this.follower.begun()
          for (const entry of entries) entry.run()
        })
        .immediate()
    })
  }
}
