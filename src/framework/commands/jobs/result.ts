import type { Queue } from '../../jobs'
import { type Answer, shown } from '../answer'

/**
 * Waits for the end of a job, and brings what its task returned.
 *
 * @param options.timeout how long to wait, in ms. Default: as long as it takes
 * @throws JobNotFoundError, and what `Job.result` throws
 */
export async function result(
  queue: Queue,
  id: string,
  options: { timeout?: number },
): Promise<Answer> {
  const value = await (await queue.find(id)).result(options)
  return { text: (width) => shown(value, width), json: value }
}
