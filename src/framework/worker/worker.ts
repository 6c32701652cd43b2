import { hostname } from 'node:os'
import type { Application } from '../application'
import { heartbeat } from '../jobs'

/**
 * Runs the jobs of an application in this process. It never touches `process`: signals, exit
 * codes and output belong to the program around it.
 */
export class Worker {
  readonly #app: Application
  readonly #startedAt = new Date()
  #beat: NodeJS.Timeout | undefined
  #stopping: Promise<void> | undefined

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
    await this.#announce()
    const often = Math.min(heartbeat, config.AGENDA_DEFAULT_LOCK_LIFETIME / 3)
    this.#beat = setInterval(() => void this.#keepAlive(), often)
    queue.agenda.on('complete', (job: { attrs: { name: string } }) => this.#refill(job.attrs.name))
    await queue.agenda.start()
  }

  /** Takes no more jobs, gives back what has not begun, and waits for what has. */
  stop(): Promise<void> {
    this.#stopping ??= this.#drain()
    return this.#stopping
  }

  /** Gives back every job, begun or not, without waiting: another worker runs them anew. */
  async abort(): Promise<void> {
    const { claims } = this.#app.queue
    claims.close()
    await claims.release()
    await this.#leave()
  }

  async #drain(): Promise<void> {
    const { agenda, claims } = this.#app.queue
    claims.close()
    await agenda.stop(false)
    await claims.settled()
    await this.#leave()
  }

  async #leave(): Promise<void> {
    clearInterval(this.#beat)
    await this.#app.queue.store.results.retire(this.#app.queue.id)
  }

  /** Agenda looks for more only at its next tick; a place that became free is filled at once. */
  #refill(name: string): void {
    const { queue, config } = this.#app
    const full = queue.claims.size + 1 >= config.AGENDA_MAX_CONCURRENCY
    const names = full ? queue.tasks.map((task) => task.name) : [name]
    // Agenda frees the place after it has announced the end.
    setImmediate(() => {
      for (const each of names) queue.store.channel.wake(each)
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
