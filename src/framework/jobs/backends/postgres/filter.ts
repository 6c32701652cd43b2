import type { JobsQueryOptions, JobsSort, RemoveJobsOptions } from 'agenda'
import { isId } from './rows'

/** Conditions on `agenda_jobs` with their parameters. */
export interface Filter {
  /** SQL after `where`; `true` when there are no conditions. */
  readonly sql: string
  readonly values: readonly unknown[]
  readonly empty: boolean
}

/** Agenda's computed state of a job as SQL. */
export const stateSql = `case
  when locked_at is not null then 'running'
  when failed_at is not null and failed_at >= coalesce(last_finished_at, '-infinity') then 'failed'
  when repeat_interval is not null then 'repeating'
  when next_run_at > now() then 'scheduled'
  when next_run_at is not null then 'queued'
  else 'completed' end`

/** The conditions of a query, or of an instruction to remove, enable or disable jobs. */
export function toFilter(options: JobsQueryOptions & RemoveJobsOptions): Filter {
  const { id, ids, name, names, notNames, search, state, data, includeDisabled } = options
  const parts: string[] = []
  const values: unknown[] = []
  const add = (sql: string, value: unknown) => {
    values.push(value)
    parts.push(sql.replace('?', `$${values.length}`))
  }
  // The server refuses what cannot be an id; no job has it.
  if (id !== undefined) add('id = any(?::uuid[])', [String(id)].filter(isId))
  if (ids?.length) add('id = any(?::uuid[])', ids.map(String).filter(isId))
  if (name !== undefined) add('name = ?', name)
  else if (names?.length) add('name = any(?)', names)
  else if (notNames?.length) add('name <> all(?)', notNames)
  if (search) add('position(lower(?) in lower(name)) > 0', search)
  if (includeDisabled === false) parts.push('not disabled')
  if (state === 'paused') parts.push('disabled')
  else if (state) add(`${stateSql} = ?`, state)
  if (data !== undefined) add('data @> ?::jsonb', JSON.stringify(data))
  return { sql: parts.join(' and ') || 'true', values, empty: parts.length === 0 }
}

const sortable: Record<keyof JobsSort, string> = {
  nextRunAt: 'next_run_at',
  lastRunAt: 'last_run_at',
  lastFinishedAt: 'last_finished_at',
  priority: 'priority',
  name: 'name',
  data: 'data',
}

/** SQL after `order by`; what is due last comes first where nothing is asked. */
export function toOrder(sort: JobsSort = {}): string {
  const parts = Object.entries(sort).flatMap(([key, direction]) => {
    const column = sortable[key as keyof JobsSort]
    return column ? [`${column} ${direction === 'desc' ? 'desc' : 'asc'} nulls last`] : []
  })
  return parts.join(', ') || 'next_run_at desc nulls last, last_run_at desc nulls last'
}
