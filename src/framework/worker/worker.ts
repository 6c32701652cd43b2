import type { Application } from '../application'

/**
 * Runs the jobs of an application in this process. Signals, exit codes and output
 * belong to the program around it.
 */
export class Worker {
  readonly #app: Application
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined

  constructor(app: Application) {
    this.#app = app
  }

  /**
   * Opens what the application needs and begins to take jobs, once.
   *
   * @throws StoreUnavailableError within 5 s when database or job store do not answer
   */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  /** Takes no more jobs, and waits for those that run. */
  stop(): Promise<void> {
    this.#stopping ??= this.#app.queue.runner.stop()
    return this.#stopping
  }

  /** Gives back every job without waiting for it: another worker runs them anew. */
  async abort(): Promise<void> {
    await this.#app.queue.runner.abort()
  }

  async #start(): Promise<void> {
    await this.#app.ready()
    await this.#app.queue.runner.start()
  }
}
