import { TaskOptionsError } from '../../errors'
import type { Ending } from '../results'
import type { RunningJob } from '../running'
import type { ThreadSource } from './messages'
import { Thread } from './thread'

export type { ThreadSource } from './messages'

/**
 * The threads of a worker for isolated tasks. A thread is used again, since loading the application
 * takes it a while; one that had to be killed is replaced before it is needed.
 */
export class Threads {
  readonly #source: ThreadSource | undefined
  readonly #idle: Thread[] = []
  readonly #all = new Set<Thread>()

  /** @param source undefined when nobody said from what a thread makes the application */
  constructor(source: ThreadSource | undefined) {
    this.#source = source
  }

  /**
   * Has a thread ready, if there are isolated tasks.
   *
   * @throws TaskOptionsError when no thread could run them
   */
  warm(tasks: readonly string[]): void {
    const [first] = tasks
    if (first === undefined) return
    if (!this.#source) {
      const hint = 'Give new Application() the file that exports createApp as its third argument.'
      throw new TaskOptionsError(
        first,
        'it is isolated, but no thread can load the application',
        hint,
      )
    }
    if (this.#idle.length === 0) this.#idle.push(this.#start(this.#source))
  }

  /** Runs the task of a job in a thread of its own. The caller sees to it that there are not too many. */
  async run(running: RunningJob): Promise<Ending> {
    const thread = this.#take()
    const ending = await thread.run(running)
    if (thread.usable) this.#idle.push(thread)
    else {
      this.#all.delete(thread)
      this.warm([running.job.name])
    }
    return ending
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    const idle = new Set(this.#idle)
    const ends = [...this.#all].map((thread) => (idle.has(thread) ? thread.leave() : thread.kill()))
    await Promise.all(ends)
  }

  #take(): Thread {
    const idle = this.#idle.splice(0).filter((thread) => thread.usable)
    const thread = idle.pop() ?? this.#start(this.#source as ThreadSource)
    this.#idle.push(...idle)
    return thread
  }

  #start(source: ThreadSource): Thread {
    const thread = new Thread(source)
    this.#all.add(thread)
    return thread
  }
}
