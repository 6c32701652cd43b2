import type { PoolClient } from 'pg'
import type { PostgresDatabase, Row } from './connection'
import { isOfConnection, persistently } from './failure'
import type { Statement } from './statement'

/** One kind of step. All steps of this kind in one turn are one statement. */
export interface Kind<I, O> {
  /** Takes the steps as one parameter, a JSON array. */
  readonly statement: Statement
  /** What the array is, if not the steps themselves. */
  items?(steps: readonly I[]): readonly unknown[]
  /** What each step is answered, in their order. */
  answers(rows: readonly Row[], steps: readonly I[]): readonly O[]
  /** How many steps one statement takes at most. Default: 500 */
  readonly atOnce?: number
}

interface Entry {
  readonly kind: Kind<unknown, unknown>
  readonly step: unknown
  resolve(value: unknown): void
  reject(error: unknown): void
}

type Group = readonly [Entry, ...Entry[]]

const usual = 500

/**
 * Does together what one turn of the event loop has to do: a statement for each kind, in one
 * transaction and one round trip. What comes meanwhile is the next transaction.
 */
export class PostgresBatch {
  readonly #database: PostgresDatabase
  readonly #order: readonly Kind<never, unknown>[]
  #waiting: Entry[] = []
  #flushing: Promise<void> | undefined

  /** @param order of the kinds within a transaction */
  constructor(database: PostgresDatabase, order: readonly Kind<never, unknown>[]) {
    this.#database = database
    this.#order = order
  }

  /** @returns what the step was answered, once it is committed */
  run<I, O>(kind: Kind<I, O>, step: I): Promise<O> {
    return new Promise<O>((resolve, reject) => {
      const settle = { resolve: resolve as (value: unknown) => void, reject }
      this.#waiting.push({ kind: kind as Kind<unknown, unknown>, step, ...settle })
      this.#flushing ??= this.#flush()
    })
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    await this.#flushing
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Once a turn, so that everything that this turn has to do is together.
      await new Promise(setImmediate)
      const entries = this.#waiting
      this.#waiting = []
      await this.#commit(entries)
    }
    this.#flushing = undefined
  }

  async #commit(entries: readonly Entry[]): Promise<void> {
    const groups = this.#group(entries)
    try {
      const queries = groups.map(toQuery)
      const together = (client: PoolClient) => pipelined(client, queries)
      const rows = await persistently(() => this.#database.use(together))
      for (const [index, group] of groups.entries()) settle(group, rows[index] ?? [])
    } catch (error) {
      if (entries.length === 1 || isOfConnection(error as Error)) {
        for (const entry of entries) entry.reject(error)
        return
      }
      // One of them cannot be done: that must not keep the others from it.
      for (const entry of entries) await this.#commit([entry])
    }
  }

  #group(entries: readonly Entry[]): Group[] {
    const kinds = this.#order as readonly Kind<unknown, unknown>[]
    return kinds.flatMap((kind) => {
      const groups: Group[] = []
      const same = entries.filter((entry) => entry.kind === kind)
      const { atOnce = usual } = kind
      for (let from = 0; from < same.length; from += atOnce)
        groups.push(same.slice(from, from + atOnce) as unknown as Group)
      return groups
    })
  }
}

type Query = Statement & { readonly values: readonly unknown[] }

function toQuery(group: Group): Query {
  const { kind } = group[0]
  const steps = group.map((entry) => entry.step)
  return { ...kind.statement, values: [JSON.stringify(kind.items?.(steps) ?? steps)] }
}

function settle(group: Group, rows: readonly Row[]): void {
  const steps = group.map((entry) => entry.step)
  const answers = group[0].kind.answers(rows, steps)
  for (const [index, entry] of group.entries()) entry.resolve(answers[index])
}

/** All statements in one transaction, sent without waiting for the answers in between. */
async function pipelined(client: PoolClient, queries: readonly Query[]): Promise<Row[][]> {
  const run = ({ name, text, values }: Query) =>
    client.query({ name, text, values: [...values] }).then(({ rows }) => rows as Row[])
  const [only, ...others] = queries
  if (only && others.length === 0) return [await run(only)]
  const begun = client.query('begin')
  const answers = queries.map(run)
  // After a statement that failed this rolls back.
  const ended = client.query('commit')
  const settled = await Promise.allSettled([begun, ...answers, ended])
  const failed = settled.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
  return Promise.all(answers)
}
