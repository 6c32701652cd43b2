import type { Change, ChangeKind } from '../../changes'
import type { Kind } from './batch'
import type { ChangesTable } from './record'
import { ago, type Statement, statement } from './statement'

/** A change as `record` writes it. */
type Item = [kind: ChangeKind, id: string, name: string, at: number, worker?: string, done?: number]

/** What a look for news brings. */
export interface News {
  /** What is known by now. */
  readonly snapshot: string
  /** The changes of each commit; null when there are none. */
  readonly lists: readonly (readonly Item[])[] | null
}

/** What is committed by now. Asked together with what is read next, nothing fits in between. */
export const snapshot: Kind<null, string> = {
  statement: statement('select pg_current_snapshot()::text as snapshot where $1::json is not null'),
  answers: ([row], steps) => steps.map(() => String(row?.snapshot)),
}

/**
 * What was committed since the snapshot $1. Numbers of a sequence would not do, as a lower one may
 * be committed later; a transaction is in a snapshot or is not. One that runs for long while others
 * write makes this look at more rows, not at the wrong ones.
 */
export function newsOf(table: ChangesTable): Statement {
  return statement(`select pg_current_snapshot()::text as snapshot,
    (select json_agg(list order by seq) from ${table}
      where xid >= pg_snapshot_xmin($1::pg_snapshot)
      and not pg_visible_in_snapshot(xid, $1::pg_snapshot)
      and pg_visible_in_snapshot(xid, pg_current_snapshot())) as lists`)
}

/** Forgets some of the changes that are older than $1 ms, or than any follower needs. */
export function pruneChanges(table: ChangesTable): Statement {
  return statement(`delete from ${table}
    where at < ${ago(`least($1, ${keptFor})`)}
    and seq <= (select max(seq) from (select seq from ${table} order by seq limit 500) first)
    returning seq`)
}

// For as long a follower who lost its connection finds everything.
const keptFor = 600_000

export function toChanges({ lists }: News): Change[] {
  return (lists ?? []).flat().map(([kind, id, name, at, worker, progress]) => ({
    kind,
    id,
    name,
    at: new Date(at),
    worker: worker ?? undefined,
    progress: progress ?? undefined,
  }))
}
