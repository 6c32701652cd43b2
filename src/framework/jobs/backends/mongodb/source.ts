import type { Change } from '../../changes'

/** Takes changes as they come; none of them means that some may have been missed. */
export type Announce = (changes: readonly Change[]) => void

/** Where the changes of every process come from. */
export interface ChangeSource {
  /** Announces changes until `close` is called. */
  follow(announce: Announce): Promise<void>
  close(): Promise<void>
}
