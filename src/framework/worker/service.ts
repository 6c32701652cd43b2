import type { Application } from '../application'
import type { Service } from '../program'
import { banner } from './banner'
import { logEvents } from './log'
import { Worker } from './worker'

/**
 * Starts a worker as a program: prints the banner, then a line for each thing that happens.
 *
 * @param say prints one line
 * @param member its number when it is one of several processes: only the first shows the banner
 * @returns how the program ends it: `stop` lets running jobs finish, `abort` puts them back
 */
export async function workerService(
  app: Application,
  say: (line: string) => void,
  member?: number,
): Promise<Service> {
  const worker = new Worker(app)
  logEvents(app.queue.events, say, member === undefined ? 'Worker' : `Worker-${member}`)
  await app.ready()
  if (member === undefined || member === 1) say(banner(app))
  await worker.start()
  if (member === undefined) say('Ready. Press Ctrl-C to stop.')
  const leave = async (end: () => Promise<void>) => {
    await end()
    await app.close()
  }
  return {
    stop: () => {
      if (member === undefined) say(stopping(app.queue.runner.size))
      return leave(() => worker.stop())
    },
    abort: () => leave(() => worker.abort()),
  }
}

function stopping(running: number): string {
  const jobs = running === 1 ? '1 job' : `${running} jobs`
  return running === 0
    ? 'Stopping: no job is running.'
    : `Stopping: waiting for ${jobs}. Press Ctrl-C again to put them back and leave at once.`
}
