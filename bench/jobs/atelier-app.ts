import { config } from '../../src/config'
import { Application, defineFeature } from '../../src/framework/application'
import { task } from '../../src/framework/jobs'
import { clock } from './lines'

const concurrency = 20

export const add = task('bench.add', (a: number, b: number) => a + b, { concurrency })
export const stamp = task('bench.stamp', () => clock(), { concurrency })

export function benchApp(url: string): Application {
  const settings = {
    DATABASE_URL: 'sqlite::memory:',
    AGENDA_URL: url,
    AGENDA_MAX_CONCURRENCY: concurrency,
  }
  return new Application(config.with(settings), [
    defineFeature({ name: 'bench', tasks: { add, stamp } }),
  ])
}
