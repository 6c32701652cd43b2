import { config } from '../src/config'
import { Application, defineFeature } from '../src/framework/application'
import { task } from '../src/framework/jobs'
import { Worker } from '../src/framework/worker/worker'

/** Milliseconds on a clock that all processes of the machine share. */
export function clock(): number {
  return performance.timeOrigin + performance.now()
}

export const stamp = task('bench.stamp', () => clock())

export function benchApp(url: string): Application {
  const feature = defineFeature({ name: 'bench', tasks: { stamp } })
  return new Application(config.with({ DATABASE_URL: 'sqlite::memory:', AGENDA_URL: url }), [
    feature,
  ])
}

/** Answers bare messages, or runs jobs when it is given a job store; ends with its parent. */
async function main(url: string): Promise<void> {
  process.on('message', () => process.send?.(clock()))
  process.on('disconnect', () => process.exit())
  if (url) await new Worker(benchApp(url)).start()
  process.send?.('ready')
}

if (require.main === module) void main(process.argv[2] ?? '')
