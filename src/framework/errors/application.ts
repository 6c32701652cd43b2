import { AtelierError, SurroundingsError } from './base'

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

/** What a model declares cannot be a table. */
export class ModelError extends AtelierError {
  constructor(message: string, hint: string) {
    super('MODEL_INVALID', message, hint)
  }
}

/** A revision cannot be written; nothing was changed. */
export class RevisionError extends AtelierError {
  constructor(message: string, hint: string, cause?: unknown) {
    super('REVISION_REFUSED', message, hint, { cause })
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
