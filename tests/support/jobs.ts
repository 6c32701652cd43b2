import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { config } from '../../src/config'
import { Application, defineFeature, type Feature } from '../../src/framework/application'
import type { SettingValues } from '../../src/framework/config'
import type { EventMap } from '../../src/framework/events'
import { type AnyTask, currentJob, type Job, type JobState, task } from '../../src/framework/jobs'
import { Worker } from '../../src/framework/worker/worker'

// Agenda keeps a timer of half a lock's lifetime after each run; a short one lets tests end soon.
const shortLock = 3_000

/** Runs until it is told to end. */
export const held = task('tested.held', async () => {
  await new Promise((resolve) => currentJob()?.signal.addEventListener('abort', resolve))
})

/** One `open` lets one `pass` through, whichever comes first: a job is STARTED before its task runs. */
export class Gate {
  #open = () => {}
  #passed = this.#next()

  #next(): Promise<void> {
    return new Promise((resolve) => (this.#open = resolve))
  }

  open(): void {
    this.#open()
  }

  async pass(): Promise<void> {
    await this.#passed
    this.#passed = this.#next()
  }
}

/** An application with these tasks, everything in memory unless `settings` say otherwise. */
export function appWith(tasks: Record<string, AnyTask>, settings: SettingValues = {}): Application {
  const feature: Feature = defineFeature({ name: 'tested', tasks })
  const memory = {
    NODE_ENV: 'test',
    DATABASE_URL: 'sqlite::memory:',
    AGENDA_URL: 'sqlite::memory:',
  }
  const quick = { AGENDA_DEFAULT_LOCK_LIFETIME: shortLock, AGENDA_PROCESS_EVERY: 200 }
  return new Application(config.with({ ...memory, ...quick, ...settings }), [feature])
}

/** Runs `body` with a worker of `app`; ends both afterwards. */
export async function withWorker(
  app: Application,
  body: (worker: Worker) => Promise<void>,
): Promise<void> {
  const worker = new Worker(app)
  try {
    await worker.start()
    await body(worker)
  } finally {
    await worker.stop()
    await app.close()
  }
}

/** The next event of this name, of any job or of the one with this id. */
export async function nextEvent<K extends keyof EventMap>(
  app: Application,
  name: K,
  id?: string,
): Promise<EventMap[K][0]> {
  for (;;) {
    const [event] = (await once(app.queue.events, name)) as [EventMap[K][0]]
    if (id === undefined || (event as { id?: string }).id === id) return event
  }
}

/** Resolves when the job, read again and again, stands where it should. */
export async function untilState(job: Job, state: JobState): Promise<void> {
  while ((await job.refresh()).state !== state) await setTimeout(10)
}
