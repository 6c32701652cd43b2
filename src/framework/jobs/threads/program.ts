import { parentPort, workerData } from 'node:worker_threads'
import { SoftTimeLimitError } from '../../errors'
import type { ClaimedJob } from '../backends/contract'
import type { TaskDefinition } from '../definition'
import { runHere } from '../run'
import { RunningJob } from '../running'
import type { Order, Report, ThreadSource } from './messages'

/** The part of an application that a thread needs. */
interface Isolated {
  readonly queue: { readonly tasks: readonly TaskDefinition[]; run<R>(fn: () => R): R }
  close(): Promise<void>
}

/**
 * Runs in a thread of a worker: makes the application, then runs the jobs that it is handed.
 * Time limits are watched from outside, where nothing can keep them from being noticed.
 */
function main(port: NonNullable<typeof parentPort>, { module, settings }: ThreadSource): void {
  const { createApp } = require(module) as {
    createApp(settings: ThreadSource['settings']): Isolated
  }
  const app = createApp(settings)
  const tasks = new Map(app.queue.tasks.map((task) => [task.name, task]))
  const say = (report: Report) => port.postMessage(report)
  let running: RunningJob | undefined

  async function run(job: ClaimedJob): Promise<void> {
    const task = tasks.get(job.name) as TaskDefinition
    const progress = async (percent: number) => say({ kind: 'progress', percent })
    running = new RunningJob(job, task, progress)
    say({ kind: 'ended', ending: await runHere(running, (fn) => app.queue.run(fn)) })
  }

  port.on('message', (order: Order) => {
    if (order.kind === 'run') void run(order.job)
    else if (order.kind === 'limit') {
      running?.abort(new SoftTimeLimitError(running.job.name, order.limit))
    } else void app.close().finally(() => process.exit())
  })
  say({ kind: 'ready' })
}

if (parentPort) main(parentPort, workerData as ThreadSource)
