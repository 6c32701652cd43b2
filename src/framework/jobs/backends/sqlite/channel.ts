import type { JobStateNotification } from 'agenda'
import { WakeChannel } from '../wake'
import type { SqliteChanges } from './changes'
import type { SqliteResults } from './results'

/** Wakes workers, and carries what Agendas tell each other of the jobs that they run themselves. */
export class SqliteChannel extends WakeChannel {
  readonly #changes: SqliteChanges

  constructor(results: SqliteResults, changes: SqliteChanges) {
    super(results)
    this.#changes = changes
    changes.onNote((note) => this.notifyStateHandlers(note))
  }

  async publishState(note: JobStateNotification): Promise<void> {
    await this.#changes.note(note)
  }
}
