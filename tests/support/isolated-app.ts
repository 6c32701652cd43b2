import { config } from '../../src/config'
import { Application, defineFeature } from '../../src/framework/application'
import type { SettingValues } from '../../src/framework/config'
import { currentJob, task } from '../../src/framework/jobs'

/** Adds in a thread. */
export const add = task('isolated.add', (a: number, b: number) => a + b, { isolate: true })
export const threadOf = task(
  'isolated.thread',
  async () => {
    const { threadId } = await import('node:worker_threads')
    return threadId
  },
  { isolate: true },
)
export const fails = task(
  'isolated.fails',
  () => {
    throw new RangeError('not in here')
  },
  { isolate: true },
)
/** Never ends and never lets anything else happen. */
export const spins = task(
  'isolated.spins',
  () => {
    while (true);
  },
  { timeLimit: 300 },
)
export const spinsForEver = task(
  'isolated.spinsForEver',
  () => {
    while (true);
  },
  { isolate: true },
)
/** Ends when its signal is aborted, and says why. */
export const heeds = task(
  'isolated.heeds',
  async () => {
    const signal = currentJob()?.signal
    await new Promise((resolve) => signal?.addEventListener('abort', resolve))
    return signal?.reason instanceof Error ? signal.reason.name : 'no reason'
  },
  { softTimeLimit: 100, timeLimit: 10_000 },
)
export const leaves = task('isolated.leaves', () => process.exit(3), { isolate: true })
export const tells = task(
  'isolated.tells',
  async () => {
    await currentJob()?.progress(40)
    return currentJob()?.attempt
  },
  { isolate: true },
)
export const tasks = { add, threadOf, fails, spins, spinsForEver, heeds, leaves, tells }

/** What a thread makes the application from. */
export function createApp(settings: SettingValues): Application {
  return new Application(
    config.with(settings),
    [defineFeature({ name: 'isolated', tasks })],
    __filename,
  )
}
