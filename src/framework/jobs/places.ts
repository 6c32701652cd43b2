import type { Config } from '../config'
import type { TaskDefinition } from './definition'
import { isIsolated } from './options'

/** How many jobs can begin: of each task, in threads, and altogether. */
export class Places {
  readonly #left = new Map<string, number>()
  readonly #isolated: ReadonlySet<string>
  #threads: number
  #total: number

  constructor(config: Config, tasks: ReadonlyMap<string, TaskDefinition>) {
    const all = [...tasks.values()]
    this.#total = config.AGENDA_MAX_CONCURRENCY
    this.#threads = config.AGENDA_THREADS
    this.#isolated = new Set(all.filter(isIsolated).map((task) => task.name))
    for (const { name, options } of all) {
      this.#left.set(name, options.concurrency ?? config.AGENDA_DEFAULT_CONCURRENCY)
    }
  }

  /** How many are free altogether. */
  get left(): number {
    return this.#total
  }

  /** How many jobs of these tasks can begin; tasks of which none can are left out. */
  free(names: Iterable<string>): Map<string, number> {
    const free = new Map<string, number>()
    let threads = this.#threads
    for (const name of names) {
      const isolated = this.#isolated.has(name)
      const places = Math.min(this.#left.get(name) ?? 0, this.#total)
      const left = isolated ? Math.min(places, threads) : places
      if (isolated) threads -= left
      if (left > 0) free.set(name, left)
    }
    return free
  }

  take(name: string): void {
    this.#change(name, -1)
  }

  give(name: string): void {
    this.#change(name, 1)
  }

  #change(name: string, by: number): void {
    this.#left.set(name, (this.#left.get(name) ?? 0) + by)
    this.#total += by
    if (this.#isolated.has(name)) this.#threads += by
  }
}
