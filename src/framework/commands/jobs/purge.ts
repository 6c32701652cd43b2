import type { Queue } from '../../jobs'
import { type Answer, counted } from '../answer'
import { confirm } from '../confirm'
import { filterOf, type Selection } from './selection'
import { total } from './stats'

/**
 * Removes jobs with their results for good; those that run are left.
 *
 * @throws NotConfirmedError
 */
export async function purge(
  queue: Queue,
  { yes, ...selection }: Selection & { yes?: boolean },
): Promise<Answer> {
  const count = await removable(queue, selection)
  if (count > 0) await confirm(`This removes ${counted(count)} for good.`, yes)
  const removed = count > 0 ? await queue.purge(filterOf(selection)) : 0
  return { text: () => `Removed ${counted(removed)}.`, json: { removed } }
}

async function removable(queue: Queue, { task, state }: Selection): Promise<number> {
  const tasks = await queue.stats()
  const running = state === undefined || state === 'STARTED' ? 'STARTED' : undefined
  const left = running ? total(tasks, { task, state: running }) : 0
  return total(tasks, { task, state }) - left
}
