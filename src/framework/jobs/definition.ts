/** What a task is, apart from any application. */
export interface TaskDefinition {
  /** Full and unique, as in `users.divide`. */
  readonly name: string
  readonly fn: (...args: never[]) => unknown
  readonly options: TaskOptions
}

/** Options of one task. */
export interface TaskOptions {
  /** How many jobs of this task one worker runs at a time. Default AGENDA_DEFAULT_CONCURRENCY. */
  readonly concurrency?: number
}
