import { setTimeout as sleep } from 'node:timers/promises'
import { task } from '../../src/framework/jobs'
import { runProgram } from '../../src/framework/program'
import { workerService } from '../../src/framework/worker/service'
import { appWith } from './jobs'

export const divide = task('math.divide', (x: number, y: number) => {
  if (y === 0) throw new RangeError('division by zero')
  return x / y
})

/** Runs for `ms`, or for ever in the eyes of a test. */
export const slow = task('time.slow', async (ms: number) => {
  await sleep(ms)
  return 'done'
})

/** Keeps its thread busy for `ms`, so that nothing else runs there. */
export const spin = task('time.spin', (ms: number) => {
  const until = performance.now() + ms
  while (performance.now() < until);
  return 'done'
})

/** The worker program with tasks of its own, so that tests need not wait for the slow division. */
if (require.main === module) {
  const { AGENDA_URL, AGENDA_PROCESS_EVERY = '200' } = process.env
  const { AGENDA_DEFAULT_LOCK_LIFETIME = '3000' } = process.env
  const settings = { AGENDA_URL, AGENDA_PROCESS_EVERY, AGENDA_DEFAULT_LOCK_LIFETIME }
  void runProgram(async () => workerService(appWith({ divide, slow, spin }, settings), console.log))
}
