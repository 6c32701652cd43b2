import { EventEmitter } from 'node:events'

/** What every event about a job says. */
export interface JobEvent {
  readonly id: string
  /** The task's full name, as in `users.divide`. */
  readonly name: string
}

/** What happens to the jobs of one application, in this process, in words. */
export interface EventMap {
  /** A worker of this process took the job from the job store. */
  'job.received': [JobEvent]
  /** Its task begins to run. */
  'job.started': [JobEvent]
  /** It finished and its result is stored. `result` is the value that the task returned. */
  'job.succeeded': [JobEvent & { readonly seconds: number; readonly result: unknown }]
  /** Its task threw, and the error is stored. */
  'job.failed': [JobEvent & { readonly seconds: number; readonly error: Error }]
  /** Its task threw, and it runs again at `at`. */
  'job.retried': [JobEvent & { readonly seconds: number; readonly error: Error; readonly at: Date }]
  /** Another worker died with it: it waits again, or was given up as FAILURE or REVOKED. */
  'job.rescued': [JobEvent & { readonly state: 'PENDING' | 'FAILURE' | 'REVOKED' }]
  /** Its worker stops, so the job was put back for another one. */
  'job.released': [JobEvent]
  /** It was revoked while it ran, so it was stopped. */
  'job.revoked': [JobEvent]
  /** It ended here, but another worker has it by now: how it ended was not saved. */
  'job.lost': [JobEvent]
  /** Its transaction was committed, but it could not be stored: it will not run. */
  'job.unsent': [JobEvent & { readonly error: Error }]
  /** Somebody waits for its result, but no worker is alive that could bring one. */
  'job.unattended': [JobEvent]
  /** The job store failed in the background; work goes on when it answers again. */
  'store.failed': [{ readonly error: Error }]
  /** A worker has started whose job store is told of nothing: it looks again and again. */
  'store.polls': [{ readonly reason: string }]
}

/**
 * The events of one application: `app.queue.events.on('job.succeeded', …)`. A listener that throws
 * is reported on stderr; it neither fails the job nor keeps the other listeners from hearing it.
 */
export class Events extends EventEmitter<EventMap> {
  override emit<K>(name: keyof EventMap | K, ...args: unknown[]): boolean {
    const listeners = this.rawListeners(name as keyof EventMap)
    for (const listener of listeners) void this.tell(String(name), listener, args)
    return listeners.length > 0
  }

  /** Runs the listener at once; that it throws, or that what it awaits fails later, is only reported. */
  async tell(name: string, listener: (...args: never) => unknown, args: unknown[]): Promise<void> {
    try {
      await (listener as (...args: unknown[]) => unknown)(...args)
    } catch (error) {
      process.stderr.write(`A listener of ${name} threw: ${describe(error)}\n`)
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
