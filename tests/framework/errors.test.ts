import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as errors from '../../src/framework/errors'

const cause = new Error('the cause')

// One of each class, so that a new class has to say here what a user is to read.
const all: Record<string, [error: errors.AtelierError, code: string, paragraph: string]> = {
  ConfigError: [
    new errors.ConfigError([{ key: 'PORT', seen: "'x'", expected: 'a whole number' }]),
    'CONFIG_INVALID',
    "One setting is not usable:\n  PORT: expected a whole number, saw 'x'\nSet them in the environment or in .env.",
  ],
  StoreUnavailableError: [
    new errors.StoreUnavailableError(
      'database',
      'sqlite:x',
      'it is a directory',
      'Name a file.',
      cause,
    ),
    'STORE_UNAVAILABLE',
    'The database sqlite:x cannot be used: it is a directory. Name a file.',
  ],
  NoApplicationError: [
    new errors.NoApplicationError('User'),
    'NO_APPLICATION',
    'User was used, but no application is open in this process.' +
      ' Call createApp() from src/app.ts first, or use it before close().',
  ],
  ApplicationClosedError: [
    new errors.ApplicationClosedError(),
    'APPLICATION_CLOSED',
    'The application was closed, so its jobs cannot be reached any more.' +
      ' Create another one with createApp().',
  ],
  FeatureError: [
    new errors.FeatureError('The task x is declared twice in y.', 'Give one another name.', cause),
    'FEATURE_INVALID',
    'The task x is declared twice in y. Give one another name.',
  ],
  NotFoundError: [new errors.NotFoundError('User 7'), 'NOT_FOUND', 'User 7 was not found.'],
  ValidationError: [
    new errors.ValidationError('User', [
      { loc: ['email'], msg: 'is missing', type: 'required' },
      { loc: [], msg: 'must be object', type: 'type' },
    ]),
    'VALIDATION_FAILED',
    'User is not valid: email: is missing; User: must be object.',
  ],
  DuplicateError: [
    new errors.DuplicateError('User', ['username', 'email'], cause),
    'DUPLICATE',
    'User has unique columns, and another row already has this username, email.',
  ],
  UnknownTaskError: [
    new errors.UnknownTaskError('users.mial', 'users.mail'),
    'UNKNOWN_TASK',
    "The application has no task 'users.mial'. The nearest is users.mail.",
  ],
  NotConfirmedError: [
    new errors.NotConfirmedError('This removes 3 jobs.', 'Add --yes.'),
    'NOT_CONFIRMED',
    'This removes 3 jobs. Add --yes.',
  ],
  SendError: [
    new errors.SendError('users.mail', 'it is unique', 'Send it later.'),
    'SEND_REFUSED',
    'A job of users.mail cannot be sent: it is unique. Send it later.',
  ],
  TaskOptionsError: [
    new errors.TaskOptionsError('users.mail', 'concurrency is 0', 'Allow one.'),
    'TASK_OPTIONS',
    'The task users.mail cannot be declared: concurrency is 0. Allow one.',
  ],
  WorkerLostError: [
    new errors.WorkerLostError(3),
    'WORKER_LOST',
    'The job was given up: its worker died 3 times while running it.' +
      ' Look for what ends the process, such as too little memory, process.exit() or a crash of native code.',
  ],
  SoftTimeLimitError: [
    new errors.SoftTimeLimitError('users.mail', 500),
    'SOFT_TIME_LIMIT',
    'users.mail ran longer than its soft time limit of 500 ms.',
  ],
  TimeLimitError: [
    new errors.TimeLimitError('users.mail', 500),
    'TIME_LIMIT',
    'users.mail ran longer than its time limit of 500 ms and was stopped.',
  ],
  ThreadLostError: [
    new errors.ThreadLostError('users.mail', 'it exited with code 3'),
    'THREAD_LOST',
    'The thread that ran users.mail ended: it exited with code 3.',
  ],
  ScheduleError: [
    new errors.ScheduleError('a valid Date', 'soon'),
    'SCHEDULE_INVALID',
    "Expected a valid Date, saw 'soon'.",
  ],
  TaskArgumentsError: [
    new errors.TaskArgumentsError('users.divide(x, y)', 'it takes 2 arguments and was given 3'),
    'TASK_ARGUMENTS',
    'users.divide(x, y) cannot be sent: it takes 2 arguments and was given 3. Nothing was stored.',
  ],
  NotStorableError: [
    new errors.NotStorableError('Argument 1 of users.divide', 'a function', 'Send its name.'),
    'NOT_STORABLE',
    'Argument 1 of users.divide is a function; jobs carry JSON values and Dates only. Send its name.',
  ],
  JobNotFoundError: [
    new errors.JobNotFoundError('7', 'sqlite:jobs.sqlite3'),
    'JOB_NOT_FOUND',
    "No job has the id '7' in the job store sqlite:jobs.sqlite3." +
      ' Check the id, and that AGENDA_URL is the one the job was sent with.',
  ],
  JobRevokedError: [
    new errors.JobRevokedError('users.divide', '7'),
    'JOB_REVOKED',
    'Job users.divide[7] was revoked, so it has no result.',
  ],
  ResultTimeoutError: [
    new errors.ResultTimeoutError('users.divide', '7', 500, 'PENDING', 'No worker is running.'),
    'RESULT_TIMEOUT',
    'Job users.divide[7] had no result after 500 ms; it is PENDING. No worker is running.',
  ],
  LockLostError: [
    new errors.LockLostError('users.divide', '7'),
    'LOCK_LOST',
    'Job users.divide[7] is no longer held by this worker; its outcome was not saved.',
  ],
  ModelError: [
    new errors.ModelError('Two models have the table pets.', 'Give one of them another table.'),
    'MODEL_INVALID',
    'Two models have the table pets. Give one of them another table.',
  ],
  RevisionError: [
    new errors.RevisionError('The migration 1_pets is not applied yet.', 'Apply it first.', cause),
    'REVISION_REFUSED',
    'The migration 1_pets is not applied yet. Apply it first.',
  ],
  MigrationError: [
    new errors.MigrationError('The migration x failed: y.', 'Nothing was kept.', cause),
    'MIGRATION_FAILED',
    'The migration x failed: y. Nothing was kept.',
  ],
  CellSyntaxError: [
    new errors.CellSyntaxError(3, 'Unexpected token'),
    'CELL_SYNTAX',
    'Unexpected token',
  ],
  CellInterruptedError: [
    new errors.CellInterruptedError(),
    'CELL_INTERRUPTED',
    'Interrupted: no longer waiting for this line. What it started may go on.',
  ],
  ListenError: [
    new errors.ListenError('127.0.0.1:3000', 'the port is in use', 'Set PORT.', cause),
    'LISTEN_FAILED',
    'The server cannot listen on 127.0.0.1:3000: the port is in use. Set PORT.',
  ],
}

test('every error class is here', () => {
  const classes = Object.keys(errors).filter((name) => name !== 'AtelierError')
  assert.deepEqual(Object.keys(all).sort(), classes.sort())
})

test('no two classes share a code', () => {
  const codes = Object.values(all).map(([, code]) => code)
  assert.deepEqual(codes, [...new Set(codes)])
})

for (const [name, [error, code, paragraph]] of Object.entries(all)) {
  test(`${name} has the code ${code}, its name, and one paragraph with what to do next`, () => {
    assert.ok(error instanceof errors.AtelierError && error instanceof Error)
    assert.deepEqual([error.name, error.code, error.paragraph], [name, code, paragraph])
  })
}

test('a cause is kept for who debugs', () => {
  const caused = Object.values(all).filter(([error]) => error.cause !== undefined)
  assert.ok(caused.length > 0 && caused.every(([error]) => error.cause === cause))
})

test('an error for what is no JSON still says what was seen', () => {
  assert.match(new errors.ScheduleError('a valid Date', undefined).message, /saw undefined/)
})
