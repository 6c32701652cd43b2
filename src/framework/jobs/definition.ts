import type { Duration } from './schedule'

/** What a task is, apart from any application. */
export interface TaskDefinition {
  /** Full and unique, as in `users.divide`. */
  readonly name: string
  readonly fn: (...args: never[]) => unknown
  readonly options: TaskOptions
}

/** A class of errors, as in `TypeError`. */
export type ErrorClass = abstract new (...args: never[]) => Error

/** Which job goes first when several are due: a word, or any whole number. */
export type Priority = number | keyof typeof priorities

/** Agenda's words for priorities; more goes first. */
export const priorities = { highest: 20, high: 10, normal: 0, low: -10, lowest: -20 } as const

/** When and how often a task that threw is run again. */
export interface RetryOptions {
  /** How many runs may follow the first. */
  readonly times: number
  /** Only errors of these classes are worth another run. Default: every error. */
  readonly on?: readonly ErrorClass[]
  /** The pause before the first retry. Default 1 second. */
  readonly delay?: Duration
  /** By how much each further pause is longer. Default 2. */
  readonly factor?: number
  /** No pause is longer. Default 10 minutes. */
  readonly longest?: Duration
  /** A random part of the pause, so that jobs that failed together do not return together. Default true. */
  readonly jitter?: boolean
}

/** What makes two jobs of a task the same job, of which there shall be one. */
export interface UniqueOptions<A extends unknown[] = never[]> {
  /** What is compared. Default: all arguments. */
  readonly key?: (...args: A) => unknown
  /** For how long after it was sent, even when it has ended. Default: until it has ended. */
  readonly for?: Duration
}

/** Options of one task. */
export interface TaskOptions<A extends unknown[] = never[]> {
  /** How many jobs of this task one worker runs at a time. Default AGENDA_DEFAULT_CONCURRENCY. */
  readonly concurrency?: number
  /** Default `'normal'`, which is 0. */
  readonly priority?: Priority
  /** How often an error is followed by another run. Default: never. */
  readonly retry?: number | RetryOptions
  /** After this long `currentJob().signal` is aborted with a SoftTimeLimitError. */
  readonly softTimeLimit?: Duration
  /** After this long the task is stopped, whatever it does; such a task runs isolated. */
  readonly timeLimit?: Duration
  /** Runs the task in a thread of its own, taken from a warm pool: for work that needs the CPU. */
  readonly isolate?: boolean
  /** Sending a job that is there already gives that job. Default: every call is a job of its own. */
  readonly unique?: boolean | UniqueOptions<A>
}
