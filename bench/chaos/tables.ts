import Database from 'better-sqlite3'

/** What the embedded store says in its own tables, read from outside. */
export class Tables {
  readonly #db: Database.Database

  /** @param file that the store has made */
  constructor(file: string) {
    this.#db = new Database(file, { readonly: true, timeout: 5_000 })
  }

  /** How many jobs stand in this state. */
  inState(state: string): number {
    return this.#count(`select count(*) from results where state = '${state}'`)
  }

  /** Jobs that no worker has ever begun, or that were put back. */
  get pending(): number {
    return this.#count(`select count(*) from jobs
      where state = 'PENDING' and next_run_at is not null and disabled = 0`)
  }

  get jobs(): number {
    return this.#count('select count(*) from jobs')
  }

  /** Jobs whose copy of their result's state is not that state. */
  get astray(): number {
    return this.#count(`select count(*) from jobs left join results using (id)
      where jobs.state <> coalesce(results.state, 'PENDING')`)
  }

  get locked(): number {
    return this.#count('select count(*) from jobs where locked_at is not null or claim is not null')
  }

  /** The kinds of changes of each job, in the order of their commits. */
  histories(): Map<string, string[]> {
    const rows = this.#db.prepare('select id, kind from changes order by seq').all()
    const histories = new Map<string, string[]>()
    for (const { id, kind } of rows as { id: string; kind: string }[]) {
      const history = histories.get(id)
      if (history) history.push(kind)
      else histories.set(id, [kind])
    }
    return histories
  }

  close(): void {
    this.#db.close()
  }

  #count(sql: string): number {
    return this.#db.prepare(sql).pluck().get() as number
  }
}
