import { integer, oneOf } from './env'
import { storeUrl } from './url'

/** The AGENDA_ namespace: everything about jobs. Durations are in milliseconds. */
export const agendaSettings = {
  /** Where jobs live. */
  AGENDA_URL: storeUrl('sqlite', 'mongodb', 'postgres', 'redis'),
  /** Where results live; with the jobs when it is not set. */
  AGENDA_RESULTS_URL: storeUrl('sqlite', 'mongodb', 'postgres', 'redis'),
  /** How many jobs one worker runs at a time. Default 20. */
  AGENDA_MAX_CONCURRENCY: integer(1, 10_000),
  /** How many jobs of one task a worker runs at a time. Default 5. */
  AGENDA_DEFAULT_CONCURRENCY: integer(1, 10_000),
  /** How long a job stays locked after its worker was last heard of, in ms. Default 30,000. */
  AGENDA_DEFAULT_LOCK_LIFETIME: integer(100),
  /** How often a worker looks for jobs that became due, in ms. Default 1,000. */
  AGENDA_PROCESS_EVERY: integer(10),
  /** For how long ended jobs, their results and what happened to them are kept, in ms. Default a day. */
  AGENDA_RESULT_EXPIRES: integer(1_000),
  /** How many workers may die with a job before the job is given up. Default 3. */
  AGENDA_MAX_CRASHES: integer(1, 1_000),
  /** How many threads a worker has for isolated tasks. Default: one less than the machine's cores. */
  AGENDA_THREADS: integer(1, 256),
  /** Whether a power failure may take the last commits of a SQLite job store. Default NORMAL: it may. */
  AGENDA_SYNCHRONOUS: oneOf('NORMAL', 'FULL'),
}
