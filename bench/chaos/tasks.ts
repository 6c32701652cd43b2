import { setTimeout as sleep } from 'node:timers/promises'
import { config } from '../../src/config'
import { Application, defineFeature } from '../../src/framework/application'
import { currentJob, task } from '../../src/framework/jobs'
import { Ledger } from './ledger'

const ledger = new Ledger(process.env.CHAOS_LEDGER ?? '')

/** Does some work between two lines in the ledger; gives the process that did it. */
async function recorded(work: (attempt: number) => unknown): Promise<number> {
  const { id, attempt } = currentJob() ?? { id: 'none', attempt: 0 }
  ledger.write('begin', id, attempt)
  await work(attempt)
  ledger.write('end', id, attempt)
  return process.pid
}

/** Waits, so that many can run at a time. */
export const work = task('chaos.work', (ms: number) => recorded(() => sleep(ms)))

/** Takes `first` ms in its first run, and `later` ms in each further one. */
export const stay = task('chaos.stay', (first: number, later: number) =>
  recorded((attempt) => sleep(attempt === 1 ? first : later)),
)

/** Keeps the event loop to itself. */
export const spin = task('chaos.spin', (ms: number) =>
  recorded(() => {
    for (const end = Date.now() + ms; Date.now() < end; );
  }),
)

/** Kills the worker that runs it. */
export const poison = task('chaos.poison', () =>
  recorded(() => process.kill(process.pid, 'SIGKILL')),
)

/** There shall be one of each key. */
export const single = task('chaos.single', (_key: string) => recorded(() => {}), { unique: true })

/** The application of all trials. @param settings as in the environment */
export function chaosApp(settings: Record<string, string> = {}): Application {
  const tasks = { work, stay, spin, poison, single }
  return new Application(config.with(settings), [defineFeature({ name: 'chaos', tasks })])
}
