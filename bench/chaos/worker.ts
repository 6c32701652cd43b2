import { runProgram } from '../../src/framework/program'
import { workerProcesses } from '../../src/framework/worker/processes'
import { workerService } from '../../src/framework/worker/service'
import { watchWaits } from './lock-waits'
import type { News } from './processes'
import { chaosApp } from './tasks'

/** A worker as `npm run agenda` starts it, or with a number as argument so many in one crew. */
async function main(argument: string | undefined) {
  // What goes well is no news, and takes time to write.
  const say = (line: string) => {
    if (line.includes('ERROR') || line.includes('process')) console.error(line)
  }
  if (argument === '--member') return workerService(chaosApp(), say, Number(process.argv[3]))
  if (Number(argument) > 0) return workerProcesses(__filename, Number(argument), say)
  const app = chaosApp()
  tellParent(app)
  if (argument === 'watched') tellWaits(watchWaits())
  return workerService(app, say)
}

function tellParent({ queue: { events } }: ReturnType<typeof chaosApp>): void {
  events.on('job.lost', ({ id }) => tell({ event: 'job.lost', id }))
  events.on('job.rescued', ({ id }) => tell({ event: 'job.rescued', id }))
  events.on('store.failed', ({ error }) => tell({ event: 'store.failed', why: error.message }))
}

function tellWaits(waits: () => object): void {
  process.on('message', ({ event }: News) => {
    if (event === 'report') tell({ event: 'waits', ...waits() })
  })
}

function tell(news: News): void {
  if (process.connected) process.send?.(news, undefined, undefined, () => {})
}

void runProgram(() => main(process.argv[2]))
