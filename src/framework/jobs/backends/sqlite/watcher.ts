import type { SqliteFile } from './connection'

// 0.4 % of a core; a commit of another process is seen 1 ms later on average.
const pollEvery = 2

/**
 * Tells when the file was written: by this process at once, by others through SQLite's
 * `data_version`, which changes with every commit of another connection.
 */
export class CommitWatcher {
  readonly #file: SqliteFile
  readonly #listeners = new Set<() => void>()
  #timer: NodeJS.Timeout | undefined
  #version: unknown
  #announced = false

  constructor(file: SqliteFile) {
    this.#file = file
  }

  /** Calls `listener` after commits, until the returned function is called. */
  watch(listener: () => void): () => void {
    this.#timer ??= this.#start()
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stop()
    }
  }

  /** This process wrote: many writes of one tick are announced once. */
  committed(): void {
    if (this.#announced || this.#listeners.size === 0) return
    this.#announced = true
    setImmediate(() => {
      this.#announced = false
      this.#announce()
    })
  }

  /** Ends the watch; whoever waits is called once more, and finds the file closed. */
  close(): void {
    this.#stop()
    this.#announce()
    this.#listeners.clear()
  }

  #start(): NodeJS.Timeout {
    this.#version = this.#readVersion()
    return setInterval(() => {
      const version = this.#readVersion()
      if (version === this.#version) return
      this.#version = version
      this.#announce()
    }, pollEvery)
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  // A file that cannot be read counts as changed once: whoever reads next is told why.
  #readVersion(): unknown {
    try {
      return this.#file.prepare('pragma data_version').pluck().get()
    } catch {
      return 'unreadable'
    }
  }

  #announce(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
