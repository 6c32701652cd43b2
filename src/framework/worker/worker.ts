import { hostname } from 'node:os'
import type { Application } from '../application'
import { heartbeat, isAlive } from '../jobs'

/**
 * Runs the jobs of an application in this process. Signals, exit codes and output
 * belong to the program around it.
 */
export class Worker {
  readonly #app: Application
  readonly #startedAt = new Date()
  #beat: NodeJS.Timeout | undefined
  #stopping: Promise<void> | undefined
  #left: Promise<void> | undefined

  constructor(app: Application) {
    this.#app = app
  }

  /**
   * Opens what the application needs and begins to take jobs.
   *
   * @throws StoreUnavailableError within 5 s when database or job store do not answer
   */
  async start(): Promise<void> {
    const { queue, config } = this.#app
    await this.#app.ready()
    await this.#buryDead()
    await this.#announce()
    const often = Math.min(heartbeat, config.AGENDA_DEFAULT_LOCK_LIFETIME / 3)
    this.#beat = setInterval(() => void this.#keepAlive(), often)
    queue.agenda.on('complete', (job: { attrs: { name: string } }) => this.#refill(job.attrs.name))
    try {
      await queue.agenda.start()
    } catch (error) {
      clearInterval(this.#beat)
      throw error
    }
  }

  /** Takes no more jobs, gives back what has not begun, and waits for what has. */
  stop(): Promise<void> {
    this.#stopping ??= this.#drain()
    return this.#stopping
  }

  /** Gives back every job, begun or not, without waiting: another worker runs them anew. */
  async abort(): Promise<void> {
    const { agenda, claims } = this.#app.queue
    claims.close()
    await claims.release()
    await agenda.stop(false)
    await this.#leave()
  }

  async #drain(): Promise<void> {
    const { agenda, claims } = this.#app.queue
    claims.close()
    await agenda.stop(false)
    await claims.settled()
    await this.#leave()
  }

  /** Once, although an abort may come while a stop still waits. */
  #leave(): Promise<void> {
    clearInterval(this.#beat)
    this.#left ??= this.#app.queue.store.results.retire(this.#app.queue.id)
    return this.#left
  }

  /** Takes the names of workers that were killed off the list. */
  async #buryDead(): Promise<void> {
    const { results } = this.#app.queue.store
    const dead = (await results.workers()).filter((worker) => !isAlive(worker))
    await Promise.all(dead.map((worker) => results.retire(worker.id)))
  }

  /** Agenda looks for more only at its next tick; a place that became free is filled at once. */
  #refill(name: string): void {
    const { queue, config } = this.#app
    const full = queue.claims.size + 1 >= config.AGENDA_MAX_CONCURRENCY
    const names = full ? queue.tasks.map((task) => task.name) : [name]
    const { channel } = queue.store
    // Agenda frees the place after it has announced the end.
    setImmediate(() => {
      for (const each of names) channel.wake(each)
    })
  }

  async #keepAlive(): Promise<void> {
    const { queue } = this.#app
    try {
      await Promise.all([queue.claims.extend(), this.#announce()])
    } catch (error) {
      queue.events.emit('store.failed', { error: error as Error })
    }
  }

  #announce(): Promise<void> {
    const { queue } = this.#app
    const record = { id: queue.id, host: hostname(), pid: process.pid, startedAt: this.#startedAt }
    return queue.store.results.announce({ ...record, seenAt: new Date() })
  }
}
