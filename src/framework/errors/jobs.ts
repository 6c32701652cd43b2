import { inspect } from 'node:util'
import { AtelierError } from './base'

/** A duration such as `'5 minutes'`, or a cron expression, that cannot be understood. */
export class ScheduleError extends AtelierError {
  constructor(expected: string, seen: unknown) {
    super('SCHEDULE_INVALID', `Expected ${expected}, saw ${inspect(seen)}.`)
  }
}

/** A task was sent with the wrong number of arguments. */
export class TaskArgumentsError extends AtelierError {
  constructor(signature: string, problem: string) {
    super('TASK_ARGUMENTS', `${signature} cannot be sent: ${problem}.`, 'Nothing was stored.')
  }
}

/** No task of the application has this name. */
export class UnknownTaskError extends AtelierError {
  /** @param nearest the task whose name is most like it; undefined when there is no task at all */
  constructor(name: string, nearest: string | undefined) {
    const hint = nearest === undefined ? 'It has no tasks.' : `The nearest is ${nearest}.`
    super('UNKNOWN_TASK', `The application has no task '${name}'.`, hint)
  }
}

/** Somebody did not agree, or could not be asked, so that nothing was done. */
export class NotConfirmedError extends AtelierError {
  constructor(message: string, hint = '') {
    super('NOT_CONFIRMED', message, hint)
  }
}

/** A job cannot be sent in the way that was asked for. */
export class SendError extends AtelierError {
  constructor(name: string, problem: string, hint: string) {
    super('SEND_REFUSED', `A job of ${name} cannot be sent: ${problem}.`, hint)
  }
}

/** An argument or a result that cannot be stored: neither a JSON value nor a Date. */
export class NotStorableError extends AtelierError {
  constructor(place: string, seen: string, hint: string) {
    super('NOT_STORABLE', `${place} is ${seen}; jobs carry JSON values and Dates only.`, hint)
  }
}

/** No job has this id. */
export class JobNotFoundError extends AtelierError {
  constructor(id: string, store: string) {
    super(
      'JOB_NOT_FOUND',
      `No job has the id '${id}' in the job store ${store}.`,
      'Check the id, and that AGENDA_URL is the one the job was sent with.',
    )
  }
}

/** The result of a revoked job was asked for: there will be none. */
export class JobRevokedError extends AtelierError {
  readonly jobId: string

  constructor(name: string, id: string) {
    super('JOB_REVOKED', `Job ${name}[${id}] was revoked, so it has no result.`)
    this.jobId = id
  }
}

/** A job did not finish within the `timeout` given to `result()`. The job itself goes on. */
export class ResultTimeoutError extends AtelierError {
  constructor(name: string, id: string, timeout: number, state: string, hint: string) {
    super(
      'RESULT_TIMEOUT',
      `Job ${name}[${id}] had no result after ${timeout} ms; it is ${state}.`,
      hint,
    )
  }
}

/** A worker tried to save a job that it no longer owns: another worker has it, or it was revoked. */
export class LockLostError extends AtelierError {
  constructor(name: string, id: string) {
    super(
      'LOCK_LOST',
      `Job ${name}[${id}] is no longer held by this worker; its outcome was not saved.`,
    )
  }
}

/** A job was given up: whoever ran it died, again and again. */
export class WorkerLostError extends AtelierError {
  /** @param times how many workers died with it */
  constructor(times: number) {
    super(
      'WORKER_LOST',
      `The job was given up: its worker died ${times === 1 ? 'once' : `${times} times`} while running it.`,
      'Look for what ends the process, such as too little memory, process.exit() or a crash of native code.',
    )
  }
}

/** A task ran longer than its `softTimeLimit`: the reason of `currentJob().signal`. */
export class SoftTimeLimitError extends AtelierError {
  /** In ms. */
  readonly limit: number

  constructor(name: string, limit: number) {
    super('SOFT_TIME_LIMIT', `${name} ran longer than its soft time limit of ${limit} ms.`)
    this.limit = limit
  }
}

/** A task ran longer than its `timeLimit`, so it was stopped. */
export class TimeLimitError extends AtelierError {
  constructor(name: string, limit: number) {
    super('TIME_LIMIT', `${name} ran longer than its time limit of ${limit} ms and was stopped.`)
  }
}

/** The thread of an isolated task ended while the task was running. */
export class ThreadLostError extends AtelierError {
  constructor(name: string, why: string) {
    super('THREAD_LOST', `The thread that ran ${name} ended: ${why}.`)
  }
}

/** The options of a task do not fit together, or the job store cannot do what they ask for. */
export class TaskOptionsError extends AtelierError {
  constructor(name: string, problem: string, hint = '') {
    super('TASK_OPTIONS', `The task ${name} cannot be declared: ${problem}.`, hint)
  }
}
