import type { ChangeKind } from '../../changes'
import { milliseconds } from './statement'

/** What a statement records besides the job's id and name, each as SQL. */
export interface Recorded {
  readonly kind: ChangeKind | { readonly sql: string }
  readonly at?: string
  readonly worker?: string
  readonly progress?: string
}

/** The table of changes beside the jobs, and the one beside results that live apart. */
export type ChangesTable = 'agenda_changes' | 'agenda_results_changes'

/**
 * A statement that records a change for each row of `rows`, which has `id` and `name`, as one row,
 * and rings for whoever listens once that is committed. For the end of `with`, or as a part of it.
 */
export function record(
  rows: string,
  { kind, at = 'now()', worker = 'null', progress = 'null' }: Recorded,
  table: ChangesTable = 'agenda_changes',
): string {
  const what = typeof kind === 'string' ? `'${kind}'` : kind.sql
  return `insert into ${table} (list)
    select json_agg(json_build_array(${what}, id, name, ${milliseconds(at)}, ${worker}, ${progress}))
    from ${rows} having count(*) > 0
    returning pg_notify('${table}_' || '${table}'::regclass::oid, '')`
}
