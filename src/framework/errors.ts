import { inspect } from 'node:util'

/**
 * Every error that Atelier itself raises. Each class has a stable `code`, builds its own sentence
 * (what was expected, what was seen) and a `hint` that says what to do next.
 */
export class AtelierError extends Error {
  /** Stable, upper-case identifier: the one thing a program may compare. */
  readonly code: string
  /** What to do next, as one sentence. Empty when the message already says it. */
  readonly hint: string

  constructor(code: string, message: string, hint = '', options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.hint = hint
    this.name = new.target.name
  }

  /** The message and the hint as one paragraph: what a program prints before it ends. */
  get paragraph(): string {
    if (!this.hint) return this.message
    return this.message + (this.message.includes('\n') ? '\n' : ' ') + this.hint
  }
}

/**
 * Something around the program is wrong, not its code: where it was noticed helps nobody, so the
 * stack is the paragraph, and other programs that print it, such as Knex's, print just that.
 */
class SurroundingsError extends AtelierError {
  constructor(code: string, message: string, hint = '', options?: ErrorOptions) {
    super(code, message, hint, options)
    this.stack = `${this.name}: ${this.paragraph}`
  }
}

/** One setting that cannot be used: its key, what was seen, what is expected instead. */
export interface SettingProblem {
  readonly key: string
  readonly seen: string
  readonly expected: string
}

/** The settings of this process are not usable; lists every problem at once. */
export class ConfigError extends SurroundingsError {
  readonly problems: readonly SettingProblem[]

  constructor(problems: readonly SettingProblem[]) {
    const lines = problems.map((p) => `\n  ${p.key}: expected ${p.expected}, saw ${p.seen}`)
    const count = problems.length === 1 ? 'One setting is' : `${problems.length} settings are`
    super(
      'CONFIG_INVALID',
      `${count} not usable:${lines.join('')}`,
      'Set them in the environment or in .env.',
    )
    this.problems = problems
  }
}

/** A database or job store cannot be used: it does not answer, or its file cannot be opened. */
export class StoreUnavailableError extends SurroundingsError {
  /**
   * @param what the store's role: `database`, `job store` or `result store`
   * @param where its URL, password hidden
   * @param why what the driver or the file system said
   */
  constructor(what: string, where: string, why: string, hint: string, cause?: unknown) {
    super('STORE_UNAVAILABLE', `The ${what} ${where} cannot be used: ${why}.`, hint, { cause })
  }
}

/** An imported model or task was used while no application is open. */
export class NoApplicationError extends AtelierError {
  constructor(what: string) {
    super(
      'NO_APPLICATION',
      `${what} was used, but no application is open in this process.`,
      'Call createApp() from src/app.ts first, or use it before close().',
    )
  }
}

/** The jobs of an application were used after its `close()`. */
export class ApplicationClosedError extends AtelierError {
  constructor() {
    super(
      'APPLICATION_CLOSED',
      'The application was closed, so its jobs cannot be reached any more.',
      'Create another one with createApp().',
    )
  }
}

/** A folder under features/ is no feature, or two features claim the same name. */
export class FeatureError extends AtelierError {
  constructor(message: string, hint: string, cause?: unknown) {
    super('FEATURE_INVALID', message, hint, { cause })
  }
}

/** A request asks for something that is not there. Answered as 404. */
export class NotFoundError extends AtelierError {
  constructor(what: string) {
    super('NOT_FOUND', `${what} was not found.`)
  }
}

/** One value that does not fit its schema. `type` is the rule that failed, as in `required`. */
export interface InvalidValue {
  readonly loc: readonly (string | number)[]
  readonly msg: string
  readonly type: string
}

/** Values that do not fit their schema; lists all of them, never the values themselves. */
export class ValidationError extends AtelierError {
  readonly errors: readonly InvalidValue[]

  constructor(subject: string, errors: readonly InvalidValue[]) {
    const list = errors.map((e) => `${e.loc.join('.') || subject}: ${e.msg}`).join('; ')
    super('VALIDATION_FAILED', `${subject} is not valid: ${list}.`)
    this.errors = errors
  }
}

/** A row cannot be written because a unique column already holds its value. Answered as 409. */
export class DuplicateError extends AtelierError {
  readonly columns: readonly string[]

  constructor(model: string, columns: readonly string[], cause?: unknown) {
    const names = columns.join(', ')
    super(
      'DUPLICATE',
      `${model} has unique columns, and another row already has this ${names}.`,
      '',
      { cause },
    )
    this.columns = columns
  }
}

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

/** A migration failed; what it had begun was rolled back where the database can do that. */
export class MigrationError extends AtelierError {
  constructor(message: string, hint: string, cause?: unknown) {
    super('MIGRATION_FAILED', message, hint, { cause })
  }
}

/** An input of the console is not TypeScript. `line` counts from 1 in the whole input. */
export class CellSyntaxError extends AtelierError {
  readonly line: number

  constructor(line: number, problem: string) {
    super('CELL_SYNTAX', problem)
    this.line = line
  }
}

/** The console was told to stop waiting for an input. What it started goes on by itself. */
export class CellInterruptedError extends AtelierError {
  constructor() {
    super(
      'CELL_INTERRUPTED',
      'Interrupted: no longer waiting for this line.',
      'What it started may go on.',
    )
  }
}

/** The address that the server was told to listen on is taken or not ours. */
export class ListenError extends AtelierError {
  constructor(address: string, why: string, hint: string, cause?: unknown) {
    super('LISTEN_FAILED', `The server cannot listen on ${address}: ${why}.`, hint, { cause })
  }
}
