/** What can happen to a job, in the order in which it usually does. */
export type ChangeKind =
  | 'sent'
  | 'started'
  | 'progressed'
  | 'retried'
  | 'succeeded'
  | 'failed'
  | 'released'
  | 'rescued'
  | 'terminating'
  | 'revoked'

/** One change of one job, as it was stored together with that change. */
export interface Change {
  readonly kind: ChangeKind
  readonly id: string
  /** The task's full name, as in `users.divide`. */
  readonly name: string
  readonly at: Date
  /** The worker that did it, where one did. */
  readonly worker?: string | undefined
  /** How far the run has come, from 0 to 100; for `progressed` only. */
  readonly progress?: number | undefined
}
