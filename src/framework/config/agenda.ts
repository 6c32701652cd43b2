import { integer } from './env'
import { storeUrl } from './url'

/**
 * The AGENDA_ namespace. Each key but the two URLs is the Agenda option of the same name
 * (`AGENDA_MAX_CONCURRENCY` is `maxConcurrency`), durations in milliseconds.
 */
export const agendaSettings = {
  /** Where jobs live. */
  AGENDA_URL: storeUrl('sqlite', 'mongodb'),
  /** Where results live; with the jobs when it is not set. */
  AGENDA_RESULTS_URL: storeUrl('sqlite', 'mongodb'),
  /** How many jobs one worker runs at a time. Default 20. */
  AGENDA_MAX_CONCURRENCY: integer(1, 10_000),
  /** How many jobs of one task a worker runs at a time. Default 5. */
  AGENDA_DEFAULT_CONCURRENCY: integer(1, 10_000),
  /** How long a job stays locked after its worker was last heard of, in ms. Default 30,000. */
  AGENDA_DEFAULT_LOCK_LIFETIME: integer(100),
  /** How often a worker looks for jobs that became due, in ms. Default 1,000. */
  AGENDA_PROCESS_EVERY: integer(10),
}
