import { AsyncLocalStorage } from 'node:async_hooks'
import { NoApplicationError } from './errors'

/**
 * What an imported model or task acts on: inside a request or a job, the part of the application
 * that serves it; anywhere else, the part that was opened last and is still open.
 */
export class Current<T extends object> {
  readonly #open = new Set<T>()
  readonly #scope = new AsyncLocalStorage<T>()

  open(part: T): void {
    this.#open.add(part)
  }

  close(part: T): void {
    this.#open.delete(part)
  }

  /** Runs `fn` with `part` as the current one, whatever else is open. */
  run<R>(part: T, fn: () => R): R {
    return this.#scope.run(part, fn)
  }

  /** The part that `run` made current here; undefined outside. */
  scoped(): T | undefined {
    return this.#scope.getStore()
  }

  /**
   * @param user what asks for it, for the error's sentence, as in `User`
   * @throws NoApplicationError when nothing is open
   */
  get(user: string): T {
    const part = this.scoped() ?? [...this.#open].at(-1)
    if (!part) throw new NoApplicationError(user)
    return part
  }
}
