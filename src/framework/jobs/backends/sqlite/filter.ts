import type { JobState, JobsQueryOptions, JobsSort, RemoveJobsOptions } from 'agenda'

/** Conditions on `jobs` with their parameters. */
export interface Filter {
  /** SQL after `where`; `1` when there are no conditions. */
  readonly sql: string
  readonly values: readonly (string | number)[]
  readonly empty: boolean
}

/** Agenda's computed state of a job as SQL; needs the current time as parameter `?`. */
export const stateSql = `iif(status = 'waiting', iif(next_run_at > ?, 'scheduled', 'queued'), status)`

/** The conditions of a query, or of an instruction to remove, enable or disable jobs. */
export function toFilter(options: JobsQueryOptions & RemoveJobsOptions, now = Date.now()): Filter {
  const parts: string[] = []
  const values: (string | number)[] = []
  const add = (sql: string, ...used: (string | number)[]) => {
    parts.push(sql)
    values.push(...used)
  }
  if (options.id !== undefined) add('id = ?', String(options.id))
  if (options.ids?.length) add(oneOf('id', options.ids), ...options.ids.map(String))
  if (options.name !== undefined) add('name = ?', options.name)
  else if (options.names?.length) add(oneOf('name', options.names), ...options.names)
  else if (options.notNames?.length)
    add(`not ${oneOf('name', options.notNames)}`, ...options.notNames)
  if (options.search) add('instr(lower(name), lower(?)) > 0', options.search)
  if (options.includeDisabled === false) add('disabled = 0')
  if (options.state) add(...inState(options.state, now))
  for (const [path, value] of dataPaths(options.data))
    add(`data ->> ? is json_extract(?, '$')`, path, value)
  return { sql: parts.join(' and ') || '1', values, empty: parts.length === 0 }
}

function inState(state: JobState, now: number): [sql: string, ...values: (string | number)[]] {
  if (state === 'paused') return ['disabled = 1']
  if (state === 'scheduled') return [`status = 'waiting' and next_run_at > ?`, now]
  if (state === 'queued') return [`status = 'waiting' and next_run_at <= ?`, now]
  return ['status = ?', state]
}

function oneOf(column: string, list: readonly unknown[]): string {
  return `${column} in (${list.map(() => '?').join(', ')})`
}

/** Each leaf of a data filter with its JSON path and the JSON text of its value. */
export function dataPaths(data: unknown, path = '$'): [string, string][] {
  if (data === undefined) return []
  if (data === null || typeof data !== 'object' || Array.isArray(data))
    return [[path, JSON.stringify(data)]]
  return Object.entries(data).flatMap(([key, value]) =>
    dataPaths(value, `${path}.${JSON.stringify(key)}`),
  )
}

const sortable: Record<keyof JobsSort, string> = {
  nextRunAt: 'next_run_at',
  lastRunAt: 'last_run_at',
  lastFinishedAt: 'last_finished_at',
  priority: 'priority',
  name: 'name',
  data: 'data',
}

/** SQL after `order by`; the newest first where nothing is asked. */
export function toOrder(sort: JobsSort = {}): string {
  const parts = Object.entries(sort).flatMap(([key, direction]) => {
    const column = sortable[key as keyof JobsSort]
    return column ? [`${column} ${direction === 'desc' ? 'desc' : 'asc'}`] : []
  })
  return parts.join(', ') || 'next_run_at desc, last_run_at desc'
}
