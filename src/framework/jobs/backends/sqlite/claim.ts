import { randomUUID } from 'node:crypto'
import { type ClaimedJob, suspectAfter, type Wish } from '../contract'
import type { SqliteFile } from './connection'
import type { SqliteResults } from './results'
import { type JobRow, toJob } from './rows'

type Candidate = JobRow & {
  readonly id: string
  readonly crashes: number
  readonly priority: number
  readonly next_run_at: number
}

const waits = 'locked_at is null and disabled = 0 and next_run_at is not null'

/** Whether a claim would find anything: asked without the write lock, which others may need. */
export function anyDue(file: SqliteFile, wish: Wish, now: number): boolean {
  return [...wish.tasks.keys()].some((name) => candidates(file, name, 1, now).length > 0)
}

/** Claims what is due, as part of a transaction. */
export function claimDue(
  file: SqliteFile,
  results: SqliteResults,
  wish: Wish,
  now: Date,
): ClaimedJob[] {
  const due = claimable(file, wish, now.getTime())
  return due.slice(0, wish.total).flatMap((row) => claimOne(file, results, wish, row, now) ?? [])
}

/** What is due, the most urgent first, and of what is suspect no more than the worker may hold. */
function claimable(file: SqliteFile, wish: Wish, now: number): Candidate[] {
  const due = ofAllTasks(file, wish, now)
  const suspect = due.find(isSuspect)
  if (!suspect) return due
  const holdsOne = file.prepare(holdsSuspectSql).get(wish.worker) !== undefined
  if (holdsOne) return ofAllTasks(file, wish, now, suspectAfter)
  return due.filter((job) => !isSuspect(job) || job === suspect)
}

function isSuspect({ crashes }: Candidate): boolean {
  return crashes >= suspectAfter
}

const holdsSuspectSql = `select 1 from jobs
  where status = 'running' and worker = ? and crashes >= ${suspectAfter}`

function ofAllTasks(
  file: SqliteFile,
  { tasks, total }: Wish,
  now: number,
  crashes?: number,
): Candidate[] {
  const due = [...tasks].flatMap(([name, slots]) =>
    candidates(file, name, Math.min(slots, total), now, crashes),
  )
  return due.sort((a, b) => b.priority - a.priority || a.next_run_at - b.next_run_at)
}

/**
 * The jobs of one task that are due: by priority, and within one by how long they are due.
 *
 * @param crashes fewer workers died with them
 */
function candidates(
  file: SqliteFile,
  name: string,
  limit: number,
  now: number,
  crashes = Number.MAX_SAFE_INTEGER,
): Candidate[] {
  const found: Candidate[] = []
  let below = Number.MAX_SAFE_INTEGER
  while (found.length < limit) {
    const priority = file.prepare(nextPrioritySql).pluck().get(name, below) as number | null
    if (priority === null) break
    const due = file.prepare(dueSql).all(name, priority, now, crashes, limit - found.length)
    found.push(...(due as Candidate[]))
    below = priority
  }
  return found
}

// Each is one look into the index `jobs_due`, however many jobs wait.
const nextPrioritySql = `select max(priority) from jobs where name = ? and priority < ? and ${waits}`
// Reading all columns would take as long as all else that is done to claim a job.
const dueSql = `select id, name, type, priority, data, next_run_at, fail_count, repeat_interval, crashes
  from jobs where name = ? and priority = ? and next_run_at <= ? and crashes < ? and ${waits}
  order by next_run_at, id limit ?`

function claimOne(
  file: SqliteFile,
  results: SqliteResults,
  { worker, following }: Wish,
  row: Candidate,
  now: Date,
): ClaimedJob | undefined {
  const { id } = row
  const claim = randomUUID()
  const at = now.getTime()
  const begun = { locked_at: at, last_run_at: at, claim, last_modified_by: worker, progress: null }
  const whole = row.repeat_interval === null ? row : (file.prepare(wholeSql).get(id) as JobRow)
  const job = toJob(Object.assign(whole, begun))
  const step = { kind: 'start', claim, worker, at: now } as const
  const runs = results.writeStart({ id, name: job.name }, step)
  if (!runs) {
    file.prepare(dismissSql).run(id)
    return undefined
  }
  const next = following(job, now)
  file.prepare(claimSql).run(at, at, claim, worker, worker, next?.getTime() ?? null, id)
  return Object.assign(job, { ...runs, claim, following: next })
}

// What decides when it is due again is in other columns.
const wholeSql = 'select * from jobs where id = ?'
const claimSql = `update jobs set state = 'STARTED', locked_at = ?, last_run_at = ?, claim = ?,
  worker = ?, last_modified_by = ?, following_at = ?, progress = null where id = ?`
// Its result says that it was revoked, its row does not: that was cut short.
const dismissSql = `update jobs set state = 'REVOKED', disabled = 1 where id = ?`

/** When the next job of these tasks that waits is due. */
export function nextDue(file: SqliteFile, names: readonly string[]): number | undefined {
  const times = names.flatMap((name) => nextOf(file, name) ?? [])
  return times.length > 0 ? Math.min(...times) : undefined
}

function nextOf(file: SqliteFile, name: string): number | undefined {
  const times: number[] = []
  for (let below = Number.MAX_SAFE_INTEGER; ; ) {
    const priority = file.prepare(nextPrioritySql).pluck().get(name, below) as number | null
    if (priority === null) return times.length > 0 ? Math.min(...times) : undefined
    times.push(file.prepare(nextTimeSql).pluck().get(name, priority) as number)
    below = priority
  }
}

const nextTimeSql = `select min(next_run_at) from jobs where name = ? and priority = ? and ${waits}`
