import type { Queue } from '../../jobs'
import { type Answer, counted } from '../answer'
import { confirm } from '../confirm'
import { each, findAll } from './each'

/**
 * Keeps jobs from running; with `terminate` those that run are stopped.
 *
 * @throws JobNotFoundError when one does not exist, NotConfirmedError; then none is revoked
 */
export async function revoke(
  queue: Queue,
  ids: readonly string[],
  { terminate = false, yes }: { terminate?: boolean; yes?: boolean },
): Promise<Answer> {
  const jobs = await findAll(queue, ids)
  if (terminate) await confirm(`This revokes ${counted(jobs.length)}, stopping what runs.`, yes)
  return each(jobs, {
    act: (job) => job.revoke({ terminate }),
    done: 'revoked',
    why: ({ state }) => (state === 'STARTED' ? '--terminate would stop it' : ''),
  })
}
