import type { ClaimedJob } from '../backends/contract'
import type { Ending } from '../results'

/** From what a thread makes the application anew. */
export interface ThreadSource {
  /** Absolute path of a file that exports `createApp(settings)`. */
  readonly module: string
  /** Every setting of the application. */
  readonly settings: Readonly<Record<string, string | number>>
}

/** What a thread is told. */
export type Order =
  | { readonly kind: 'run'; readonly job: ClaimedJob }
  /** The soft time limit is over. */
  | { readonly kind: 'limit'; readonly limit: number }
  /** To close its application and end. */
  | { readonly kind: 'leave' }

/** What a thread says. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly percent: number }
  | { readonly kind: 'ended'; readonly ending: Ending }
